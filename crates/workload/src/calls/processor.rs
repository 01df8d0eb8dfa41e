//! The keys of `machine(…)` that are words about processors: their TLBs, where threads run, huge pages.

use memtwin_kernel::mmu::config::ThreadPlacement;
use memtwin_kernel::mmu::tlb::{Home, MAX_WAYS, Replacement, TlbConfig, TlbGeometry};
use memtwin_kernel::mmu::{Config, ThpDefrag, ThpEnabled};

pub(super) fn threads(config: &mut Config, name: &str) -> Result<(), String> {
    config.threads = match name {
        "one" => ThreadPlacement::One,
        "spread" => ThreadPlacement::Spread,
        _ => return Err(format!("threads are on `one` processor or `spread`, not `{name}`")),
    };
    Ok(())
}

/// A preset by name.
pub(super) fn tlb(config: &mut Config, name: &str) -> Result<(), String> {
    config.tlb = TlbConfig::preset(name).ok_or_else(|| {
        let names: Vec<&str> = TlbConfig::presets().iter().map(|preset| preset.name).collect();
        format!("no processor is called `{name}`; there are {}", names.join(", "))
    })?;
    Ok(())
}

/// `64/4`: 64 entries in sets of 4.
fn geometry(text: &str) -> Result<TlbGeometry, String> {
    let numbers = text.split_once('/').and_then(|(entries, ways)| {
        Some((entries.trim().parse::<u32>().ok()?, ways.trim().parse::<u32>().ok()?))
    });
    match numbers {
        Some((entries, ways)) if (1..=1 << 16).contains(&entries) && (1..=MAX_WAYS).contains(&ways) => {
            Ok(TlbGeometry::new(entries, ways))
        }
        _ => Err(format!("expected ENTRIES/WAYS, up to {}/{MAX_WAYS}, found `{text}`", 1 << 16)),
    }
}

pub(super) fn tlb_l1(config: &mut Config, text: &str) -> Result<(), String> {
    config.tlb.data.small = geometry(text)?;
    Ok(())
}

pub(super) fn tlb_l1_large(config: &mut Config, text: &str) -> Result<(), String> {
    config.tlb.data.large = Home::Own(geometry(text)?);
    Ok(())
}

/// Where fetches had no TLB of their own, they get one like that of the data but for this.
pub(super) fn tlb_l1_code(config: &mut Config, text: &str) -> Result<(), String> {
    let mut code = config.tlb.code.unwrap_or(config.tlb.data);
    code.small = geometry(text)?;
    config.tlb.code = Some(code);
    Ok(())
}

pub(super) fn tlb_l2(config: &mut Config, text: &str) -> Result<(), String> {
    config.tlb.l2.small = geometry(text)?;
    Ok(())
}

pub(super) fn tlb_replacement(config: &mut Config, name: &str) -> Result<(), String> {
    let known = Replacement::NAMED.iter().find(|(known, _)| *known == name);
    let (_, replacement) = known.ok_or_else(|| format!("lru, plru, fifo or random, not `{name}`"))?;
    config.tlb = config.tlb.with(*replacement);
    Ok(())
}

/// So many entries for each level of tables; 0: none.
pub(super) fn walk_caches(config: &mut Config, entries: u64) {
    let cache = (entries > 0).then(|| TlbGeometry::new(entries as u32, (entries as u32).min(MAX_WAYS)));
    config.tlb.walk = [cache; 4];
}

pub(super) fn thp_defrag(config: &mut Config, name: &str) -> Result<(), String> {
    config.thp_defrag = match name {
        "always" => ThpDefrag::Always,
        "defer" => ThpDefrag::Defer,
        "defer+madvise" => ThpDefrag::DeferMadvise,
        "madvise" => ThpDefrag::Madvise,
        "never" => ThpDefrag::Never,
        _ => return Err(format!("always, defer, defer+madvise, madvise or never, not `{name}`")),
    };
    Ok(())
}

pub(super) fn thp(config: &mut Config, name: &str) -> Result<(), String> {
    config.thp_enabled = match name {
        "always" => ThpEnabled::Always,
        "madvise" => ThpEnabled::Madvise,
        "never" => ThpEnabled::Never,
        _ => return Err(format!("transparent huge pages are always, madvise or never, not `{name}`")),
    };
    Ok(())
}
