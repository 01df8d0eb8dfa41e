//! `machine(KEY=VALUE, …)`, and `refs(…)`.

use memtwin_alloc::{Glibc, GlibcConfig, MallocKind};
use memtwin_kernel::mmu::paging::FormatName;
use memtwin_kernel::mmu::{Config, PolicySees, ReclaimKind, SwapDevice};

use super::Family::{Access, Machine, State, System};
use super::Param::{Rest, Text, Value};
use super::processor;
use super::refs::refs;
use super::swap::parse_swaps;
use super::vm_settings::{VM_SETTINGS, impossible};
use super::{Args, Call, Caller, Outcome, Stop};
use crate::did_you_mean;
use crate::malloc_setup::MallocSetup;
use crate::runner::Options;
use crate::syntax::{Fault, Names, Problem, Span, eval};

pub(super) const CALLS: &[Call] = &[
    Call::new("machine", Machine, &[Rest("key=value")], late),
    Call::new("refs", Access, &[Text("spec"), Rest("region=addr")], refs),
    Call::new("khugepaged", System, &[Value("pages")], khugepaged),
    Call::new("buddyinfo", State, &[], buddyinfo),
];

/// A key of `machine(…)`.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The key.
    pub key: &'static str,
    /// What it sets.
    pub meaning: &'static str,
    apply: Option<Apply>,
}

impl Setting {
    /// Whether this build can set it.
    pub fn is_built(&self) -> bool {
        self.apply.is_some()
    }
}

#[derive(Clone, Copy, Debug)]
enum Apply {
    /// A number up to the given one.
    Number(fn(&mut Config, u64), u64),
    /// The only word it may be.
    Word(&'static str),
    /// A number up to the given one, or a text in quotes.
    Either(fn(&mut Config, u64), u64, fn(&mut Config, &str) -> Result<(), String>),
    /// One of some words.
    Choice(fn(&mut Config, &str) -> Result<(), String>),
    /// Something of the malloc.
    Malloc(fn(&mut MallocSetup, &str) -> Result<(), String>),
}

/// The keys of `machine(…)`.
pub fn settings() -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter().chain(VM_SETTINGS)
}

/// A key whose value is a number of at most `most`.
pub(super) const fn number(
    key: &'static str,
    meaning: &'static str,
    set: fn(&mut Config, u64),
    most: u64,
) -> Setting {
    Setting { key, meaning, apply: Some(Apply::Number(set, most)) }
}

const fn word(key: &'static str, meaning: &'static str, only: &'static str) -> Setting {
    Setting { key, meaning, apply: Some(Apply::Word(only)) }
}

const fn choice(
    key: &'static str,
    meaning: &'static str,
    set: fn(&mut Config, &str) -> Result<(), String>,
) -> Setting {
    Setting { key, meaning, apply: Some(Apply::Choice(set)) }
}

const fn malloc(
    key: &'static str,
    meaning: &'static str,
    set: fn(&mut MallocSetup, &str) -> Result<(), String>,
) -> Setting {
    Setting { key, meaning, apply: Some(Apply::Malloc(set)) }
}

const SETTINGS: &[Setting] = &[
    number("ram", "bytes of memory", |config, bytes| config.ram_bytes = bytes, 1 << 43),
    number("cpus", "processors", |config, count| config.cpus = count as u32, 8192),
    number("readahead", "bytes", |config, bytes| config.readahead_bytes = bytes, 1 << 30),
    number(
        "max_sectors_kb",
        "the disk's largest request in KiB",
        |config, kb| config.max_sectors_kb = kb,
        1 << 20,
    ),
    number(
        "calls_per_tick",
        "calls that the machine makes in a tick of its clock, 4 ms",
        |config, calls| config.calls_per_tick = calls,
        u64::MAX,
    ),
    number("seed", "of all that is random", |config, seed| config.seed = seed, u64::MAX),
    choice("mmu", "x86-64 or another way to translate addresses", mmu),
    choice("fit", "first, best or worst: where segments go without paging", fit),
    word("kernel", "6.18", "6.18"),
    malloc("malloc", "glibc, or another malloc by its name", |setup, name| {
        setup.kind = name.parse::<MallocKind>().map_err(|error| error.to_string())?;
        Ok(())
    }),
    malloc("glibc", "the release", glibc),
    malloc("tunables", "GLIBC_TUNABLES", tunables),
    Setting {
        key: "swap",
        meaning: "bytes of swap space, or devices as in \"64M zram 10; 1G disk\": size, kind, priority",
        apply: Some(Apply::Either(|config, bytes| config.swap_bytes = bytes, 1 << 43, swaps)),
    },
    choice("swap_device", "zram, disk or ssd", swap_device),
    choice("threads", "one (processor for all) or spread", processor::threads),
    choice("tlb", "a processor's by its name", processor::tlb),
    choice("tlb_l1", "ENTRIES/WAYS for base pages, loads and stores", processor::tlb_l1),
    choice("tlb_l1_large", "ENTRIES/WAYS for large pages, loads and stores", processor::tlb_l1_large),
    choice("tlb_l1_code", "ENTRIES/WAYS for base pages, fetches", processor::tlb_l1_code),
    choice("tlb_l2", "ENTRIES/WAYS of the second level", processor::tlb_l2),
    choice("tlb_replacement", "lru, plru, fifo or random, after the sizes", processor::tlb_replacement),
    number("walk_caches", "entries of each paging-structure cache", processor::walk_caches, 4096),
    number(
        "randomize_va_space",
        "0, 1 or 2: addresses random by the seed",
        |config, value| config.randomize_va_space = value as u8,
        2,
    ),
    choice("thp", "always, madvise or never", processor::thp),
    choice(
        "thp_defrag",
        "always, defer, defer+madvise, madvise or never: who waits for a huge page where no block is free",
        processor::thp_defrag,
    ),
    number("khugepaged", "ms between scans, 0: none", |config, ms| config.khugepaged_sleep_ms = ms, 1 << 40),
    number(
        "pages_to_scan",
        "by khugepaged at a time",
        |config, pages| config.khugepaged_pages_to_scan = pages,
        1 << 40,
    ),
    number("max_ptes_none", "0 to 511", |config, none| config.max_ptes_none = none as u32, 511),
    number(
        "nr_hugepages",
        "pages of 2 MiB in the pool",
        |config, pages| config.nr_hugepages = pages,
        1 << 22,
    ),
    number(
        "nr_hugepages_1g",
        "pages of 1 GiB in theirs",
        |config, pages| config.nr_hugepages_1g = pages,
        1 << 13,
    ),
    number(
        "fragment",
        "log2 of the frames of the largest free block",
        |config, order| config.fragment_order = Some(order as u32),
        10,
    ),
    choice("reclaim", "linux, or another policy by its name", reclaim),
    number(
        "reclaim_pages",
        "pages of which a policy of the literature makes its shares",
        |config, pages| config.policy_pages = Some(pages),
        1 << 32,
    ),
    choice(
        "reclaim_sees",
        "accessed-bits, or references: what a policy of the literature learns of",
        reclaim_sees,
    ),
];

fn mmu(config: &mut Config, name: &str) -> Result<(), String> {
    config.format = name.parse::<FormatName>().map_err(|error| error.to_string())?.format();
    Ok(())
}

fn fit(config: &mut Config, name: &str) -> Result<(), String> {
    config.fit = name.parse()?;
    Ok(())
}

fn swaps(config: &mut Config, devices: &str) -> Result<(), String> {
    config.more_swaps = parse_swaps(devices)?;
    Ok(())
}

fn reclaim(config: &mut Config, name: &str) -> Result<(), String> {
    config.reclaim = name.parse::<ReclaimKind>().map_err(|error| error.to_string())?;
    Ok(())
}

fn reclaim_sees(config: &mut Config, what: &str) -> Result<(), String> {
    config.policy_sees = match what {
        "accessed-bits" => PolicySees::AccessedBits,
        "references" => PolicySees::References,
        _ => return Err(format!("a policy sees accessed-bits or references, not `{what}`")),
    };
    Ok(())
}

fn swap_device(config: &mut Config, name: &str) -> Result<(), String> {
    config.swap_device = name.parse::<SwapDevice>().map_err(|error| error.to_string())?;
    Ok(())
}

fn glibc(setup: &mut MallocSetup, release: &str) -> Result<(), String> {
    setup.glibc = release.parse().map_err(|error: memtwin_alloc::UnmodelledVersion| error.to_string())?;
    check_glibc(setup)
}

fn tunables(setup: &mut MallocSetup, tunables: &str) -> Result<(), String> {
    setup.tunables = tunables.to_owned();
    check_glibc(setup)
}

fn check_glibc(setup: &MallocSetup) -> Result<(), String> {
    let (version, tunables) = (setup.glibc, setup.tunables.clone());
    let built = Glibc::new(GlibcConfig { version, tunables, ..GlibcConfig::default() });
    built.map(|_| ()).map_err(|error| error.to_string())
}

/// Lets khugepaged look at so many pages; the huge pages that it made.
fn khugepaged(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    Ok(Outcome::Number(caller.twin.kernel.machine.khugepaged_scan(a.value(0))))
}

/// Free blocks by order, all zones together.
fn buddyinfo(caller: &mut Caller<'_>, _: &Args<'_>) -> Result<Outcome, Stop> {
    let areas = caller.twin.kernel.machine.free_areas();
    let orders = areas.first().map_or(0, |area| area.blocks.len());
    let sum = |order: usize| areas.iter().map(|area| area.blocks[order]).sum::<u64>().to_string();
    Ok(Outcome::Text((0..orders).map(sum).collect::<Vec<_>>().join(" ")))
}

/// The call in any other place than the first.
fn late(_: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    Err(Fault::new(a.call(), Problem::MachineLate).into())
}

/// Applies the arguments of `machine(…)`, which stand at `spans` of `line`.
///
/// # Errors
/// The first that is no `KEY=VALUE`, unknown, not built or out of range; or what they make together.
pub(crate) fn configure(
    options: &mut Options,
    line: &str,
    spans: &[Span],
    names: &Names,
) -> Result<(), Fault> {
    spans.iter().try_for_each(|span| set(options, line, *span, names))?;
    let whole = Span::new(0, line.trim_end().len());
    match impossible(&options.config) {
        Some(reason) => Err(Fault::new(whole, Problem::Setting(reason))),
        None => Ok(()),
    }
}

fn set(options: &mut Options, line: &str, span: Span, names: &Names) -> Result<(), Fault> {
    let text = span.of(line);
    let refuse = |message: String| Fault::new(span, Problem::Setting(message));
    let (key, value) =
        text.split_once('=').ok_or_else(|| refuse(format!("expected KEY=VALUE, found `{text}`")))?;
    let setting = settings().find(|setting| setting.key == key.trim_end()).ok_or_else(|| {
        let hint = did_you_mean(key, settings().map(|setting| setting.key));
        refuse(format!("unknown key `{key}`{hint}; `memtwin support` lists the keys"))
    })?;
    let start = span.start as usize + text.len() - value.trim_start().len();
    let place = Span { start: start as u32, end: span.end };
    let config = &mut options.config;
    match setting.apply {
        Some(Apply::Either(_, _, apply)) if value.trim().starts_with('"') => {
            apply(config, value.trim().trim_matches('"'))
                .map_err(|message| Fault::new(place, Problem::Setting(message)))?;
        }
        Some(Apply::Number(apply, most) | Apply::Either(apply, most, _)) => match eval(line, place, names)? {
            number if number <= most => apply(config, number),
            number => {
                return Err(Fault::new(
                    place,
                    Problem::Setting(format!("{key} is at most {most}, not {number}")),
                ));
            }
        },
        Some(Apply::Choice(apply)) => {
            apply(config, value.trim()).map_err(|message| Fault::new(place, Problem::Setting(message)))?;
        }
        Some(Apply::Malloc(apply)) => {
            apply(&mut options.malloc, value.trim())
                .map_err(|message| Fault::new(place, Problem::Setting(message)))?;
        }
        Some(Apply::Word(only)) if value.trim() == only => {}
        Some(Apply::Word(only)) => {
            return Err(Fault::new(
                place,
                Problem::Setting(format!("{key} {} is not modelled, only {only}", value.trim())),
            ));
        }
        None => return Err(Fault::new(span, Problem::NotBuilt(setting.key))),
    }
    Ok(())
}
