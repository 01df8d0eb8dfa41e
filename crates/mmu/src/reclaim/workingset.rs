//! Refault distances: whether a page that comes back was evicted too early (Linux: `mm/workingset.c`).
//!
//! An evicted page leaves a shadow entry: the age of its lruvec at that time, and whether it was part of the working set. Age
//! counts evictions and activations; so the difference at the refault is how much memory more would have kept it.

use super::stats::LruStats;
use serde::{Deserialize, Serialize};

/// What an evicted page leaves behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shadow {
    age: u64,
    workingset: bool,
}

/// The age of an lruvec's non-resident pages (Linux: `nonresident_age`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NonresidentAge(u64);

impl NonresidentAge {
    /// `pages` pages were evicted or activated (`workingset_age_nonresident`).
    pub(super) fn advance(&mut self, pages: u64) {
        self.0 += pages;
    }

    /// A folio of `pages` pages is evicted: its shadow (`workingset_eviction`).
    pub(super) fn evict(&mut self, workingset: bool, pages: u64) -> Shadow {
        let shadow = Shadow { age: self.0, workingset };
        self.0 += pages;
        shadow
    }

    /// Whether the page that left `shadow` would still be here, had the active pages made room for it
    /// (`workingset_test_recent`). Sizes are those the kernel believes at the time.
    pub(super) fn is_recent(&self, shadow: Shadow, file: bool, sizes: &LruStats, can_swap: bool) -> bool {
        let mut workingset = sizes.active_file;
        if !file {
            workingset += sizes.inactive_file;
        }
        if can_swap {
            workingset += sizes.active_anon + if file { sizes.inactive_anon } else { 0 };
        }
        self.0 - shadow.age <= workingset
    }
}

impl Shadow {
    /// Whether the page had been active before its eviction.
    pub(super) fn was_workingset(self) -> bool {
        self.workingset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_is_measured_against_what_could_make_room() {
        let sizes = LruStats {
            active_anon: 10,
            inactive_anon: 5,
            active_file: 2,
            inactive_file: 1,
            ..LruStats::default()
        };
        let mut age = NonresidentAge::default();
        let shadow = age.evict(false, 1);
        age.advance(12);
        assert!(age.is_recent(shadow, false, &sizes, true), "13 of 2 + 1 + 10");
        age.advance(1);
        assert!(!age.is_recent(shadow, false, &sizes, true));
        assert!(age.is_recent(shadow, true, &sizes, true), "14 of 2 + 10 + 5");
        assert!(!age.is_recent(shadow, true, &sizes, false));
    }
}
