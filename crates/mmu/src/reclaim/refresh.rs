//! When the statistics by which reclaim decides are refreshed (Linux: `memcg_rstat_updated`, `memcg_vmstats_needs_flush`,
//! `mem_cgroup_flush_stats_ratelimited`).
//!
//! Somebody reads them from time to time, and reading refreshes them only if enough has changed: each processor keeps its changes
//! until they are a batch, and a batch a processor must have come together. How often somebody reads is an input, given in
//! references. The moment is one of the clock, since most of the time between two references can be that of a reclaim, and
//! what a reclaim sees at its beginning and what it remembers at its end may differ by a refresh in between: the period is the
//! time that so many references took the last time.

use serde::{Deserialize, Serialize};

/// When the sizes by which reclaim decides are refreshed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum StatsRefresh {
    /// As soon as enough has changed: somebody reads them all the time.
    #[default]
    Always,
    /// After so many references.
    Every(u64),
}

/// Changes that a processor keeps to itself (Linux: `MEMCG_CHARGE_BATCH`).
const BATCH: u64 = 64;

/// Decides when it is time.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Refresher {
    rule: StatsRefresh,
    /// Changes that must have come together.
    enough: u64,
    /// Changes that the processor keeps.
    kept: u64,
    /// Changes that have come together.
    changes: u64,
    references: u64,
    last: Reading,
    /// The time between readings, once known.
    period_ns: Option<u64>,
}

/// When the statistics were last read.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Reading {
    references: u64,
    ns: u64,
}

impl Refresher {
    pub(super) fn new(rule: StatsRefresh, cpus: u32) -> Refresher {
        Refresher {
            rule,
            enough: BATCH * u64::from(cpus),
            kept: 0,
            changes: 0,
            references: 0,
            last: Reading::default(),
            period_ns: None,
        }
    }

    /// The program made a reference.
    #[inline]
    pub(super) fn note_reference(&mut self) {
        self.references += 1;
    }

    /// `changes` counters have changed by one each.
    #[inline]
    pub(super) fn note_changes(&mut self, changes: u64) {
        self.kept += changes;
        if self.kept >= BATCH {
            self.changes += std::mem::take(&mut self.kept);
        }
    }

    /// Whether the statistics are refreshed now.
    #[inline]
    pub(super) fn is_due(&mut self, now_ns: u64) -> bool {
        if !self.is_read(now_ns) || self.changes <= self.enough {
            return false;
        }
        self.changes = 0;
        self.kept = 0;
        true
    }

    /// Whether somebody has read them since the last time.
    #[inline]
    fn is_read(&mut self, now_ns: u64) -> bool {
        let StatsRefresh::Every(every) = self.rule else { return true };
        let passed = self.references - self.last.references;
        let due = match self.period_ns {
            Some(period) => now_ns >= self.last.ns + period,
            None => passed >= every,
        };
        if due {
            self.note_reading(now_ns, passed, every);
        }
        due
    }

    fn note_reading(&mut self, now_ns: u64, passed: u64, every: u64) {
        let took = now_ns - self.last.ns;
        if passed > 0 {
            self.period_ns = Some((u128::from(took) * u128::from(every) / u128::from(passed)) as u64);
        }
        self.last = Reading { references: self.references, ns: now_ns };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_refreshes_only_what_has_changed_enough() {
        let mut always = Refresher::new(StatsRefresh::Always, 2);
        always.note_changes(64);
        always.note_changes(64);
        assert!(!always.is_due(0), "two batches are just not enough");
        always.note_changes(63);
        assert!(!always.is_due(0), "the processor keeps them");
        always.note_changes(1);
        assert!(always.is_due(0));
        assert!(!always.is_due(0));
    }

    #[test]
    fn the_period_is_the_time_that_so_many_references_took() {
        let mut every = Refresher::new(StatsRefresh::Every(10), 1);
        let mut refreshed = Vec::new();
        for now in 1..=100 {
            every.note_reference();
            every.note_changes(100);
            if every.is_due(now * 5) {
                refreshed.push(now);
            }
        }
        assert_eq!(refreshed, [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
        every.note_changes(100);
        assert!(every.is_due(600), "also within a reclaim: the clock is enough");
    }
}
