//! GLIBC_TUNABLES: malloc's parameters from the environment (elf/dl-tunables.list).

use super::config::Params;

/// A tunable that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TunableError {
    /// Not of the form `name=value`.
    #[error("tunable {0:?} is not name=value")]
    Form(String),
    /// No tunable of malloc's, or one that is not modelled (glibc.malloc.check, glibc.malloc.hugetlb).
    #[error("tunable {0:?} is not modelled")]
    Unknown(String),
    /// The value is no number, or outside what glibc takes (which it would ignore).
    #[error("tunable {0} cannot be {1:?}")]
    Value(String, String),
}

/// Sets what `glibc.malloc.x=1:glibc.malloc.y=2` says.
pub(super) fn apply(par: &mut Params, tunables: &str) -> Result<(), TunableError> {
    for item in tunables.split(':').filter(|item| !item.is_empty()) {
        let (name, value) = item.split_once('=').ok_or_else(|| TunableError::Form(item.to_owned()))?;
        let wrong = || TunableError::Value(name.to_owned(), value.to_owned());
        let number = parse(value).ok_or_else(wrong)?;
        let short =
            name.strip_prefix("glibc.malloc.").ok_or_else(|| TunableError::Unknown(name.to_owned()))?;
        if !set(par, short, number).ok_or_else(|| TunableError::Unknown(name.to_owned()))? {
            return Err(wrong());
        }
    }
    Ok(())
}

/// As `_dl_strtoul`: decimal, or hexadecimal or octal by prefix.
fn parse(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None if text.len() > 1 && text.starts_with('0') => u64::from_str_radix(text, 8).ok(),
        None => text.parse().ok(),
    }
}

/// False if the value is out of bounds, `None` if there is no such tunable.
fn set(par: &mut Params, name: &str, value: u64) -> Option<bool> {
    let mut in_bounds = true;
    match name {
        "top_pad" => par.set_top_pad(value),
        "mmap_threshold" => in_bounds = par.set_mmap_threshold(value),
        "trim_threshold" => par.set_trim_threshold(value),
        "mmap_max" => match i32::try_from(value) {
            Ok(value) => par.set_mmaps_max(value),
            Err(_) => in_bounds = false,
        },
        "perturb" if value <= 0xff => par.perturb = value as i32,
        "arena_max" if value > 0 => par.arena_max = value,
        "arena_test" if value > 0 => par.arena_test = value,
        "perturb" | "arena_max" | "arena_test" => in_bounds = false,
        "tcache_max" => in_bounds = par.set_tcache_max(value),
        "tcache_count" => in_bounds = par.set_tcache_count(value),
        "tcache_unsorted_limit" => par.tcache_unsorted_limit = value,
        "mxfast" => in_bounds = par.set_mxfast(value),
        _ => return None,
    }
    Some(in_bounds)
}

#[cfg(test)]
mod tests {
    use super::super::rules::Rules;
    use super::super::version::GlibcVersion;
    use super::*;

    fn params() -> Params {
        Params::new(&Rules::of(GlibcVersion::default()))
    }

    #[test]
    fn sets_what_the_environment_says() {
        let mut par = params();
        apply(&mut par, "glibc.malloc.top_pad=0x1000:glibc.malloc.tcache_count=010:glibc.malloc.mxfast=0")
            .unwrap();
        assert_eq!((par.top_pad, par.tcache_count, par.max_fast), (4096, 8, 16));
        assert!(par.no_dyn_threshold);
    }

    #[test]
    fn refuses_what_glibc_would_ignore() {
        let refused = |tunables| apply(&mut params(), tunables).unwrap_err();
        assert_eq!(refused("glibc.malloc.top_pad"), TunableError::Form("glibc.malloc.top_pad".into()));
        assert_eq!(refused("glibc.malloc.hugetlb=1"), TunableError::Unknown("glibc.malloc.hugetlb".into()));
        let value = |name: &str, value: &str| TunableError::Value(name.into(), value.into());
        assert_eq!(refused("glibc.malloc.tcache_max=1033"), value("glibc.malloc.tcache_max", "1033"));
        assert_eq!(refused("glibc.malloc.perturb=-1"), value("glibc.malloc.perturb", "-1"));
    }
}
