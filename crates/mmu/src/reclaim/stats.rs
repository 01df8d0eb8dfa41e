//! The sizes by which reclaim decides, which Linux refreshes lazily (`mem_cgroup_flush_stats_ratelimited`, every 2 s): without a
//! clock, after so many references.

use super::lists::LruList;
use serde::{Deserialize, Serialize};

/// List sizes and activations, as last refreshed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LruStats {
    /// Pages on the inactive anonymous list.
    pub inactive_anon: u64,
    /// Pages on the active anonymous list.
    pub active_anon: u64,
    /// Pages on the inactive file list.
    pub inactive_file: u64,
    /// Pages on the active file list.
    pub active_file: u64,
    /// Refaults that came back active, anonymous and file.
    pub activated: [u64; 2],
}

impl LruStats {
    pub(super) fn new(sizes: [u64; 5], activated: [u64; 2]) -> LruStats {
        LruStats {
            inactive_anon: sizes[LruList::InactiveAnon as usize],
            active_anon: sizes[LruList::ActiveAnon as usize],
            inactive_file: sizes[LruList::InactiveFile as usize],
            active_file: sizes[LruList::ActiveFile as usize],
            activated,
        }
    }

    /// All pages that are scanned.
    pub(super) fn total(&self) -> u64 {
        self.inactive_anon + self.active_anon + self.inactive_file + self.active_file
    }

    /// Whether the inactive list is too short for the active one (`inactive_is_low`): the active one may be as long below
    /// 1 GiB together, the square root of ten times as long at 1 GiB, and so on.
    pub(super) fn inactive_is_low(&self, file: bool) -> bool {
        let (inactive, active) = match file {
            false => (self.inactive_anon, self.active_anon),
            true => (self.inactive_file, self.active_file),
        };
        let gib = (inactive + active) >> 18;
        let ratio = if gib > 0 { (10 * gib).isqrt() } else { 1 };
        inactive * ratio < active
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_grows_with_memory() {
        let small = LruStats { inactive_anon: 100, active_anon: 100, ..LruStats::default() };
        assert!(!small.inactive_is_low(false));
        let large = LruStats { inactive_anon: 100_000, active_anon: 299_000, ..LruStats::default() };
        assert!(!large.inactive_is_low(false), "1 GiB: one to three");
        assert!(LruStats { active_anon: 301_000, ..large }.inactive_is_low(false));
    }
}
