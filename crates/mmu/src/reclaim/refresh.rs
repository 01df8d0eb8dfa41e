//! When the statistics by which reclaim decides are refreshed (Linux: `memcg_rstat_updated`, `memcg_vmstats_needs_flush`,
//! `mem_cgroup_flush_stats_ratelimited`).
//!
//! Somebody reads them from time to time, and reading refreshes them only if enough has changed: each processor keeps its changes
//! until they are a batch, and a batch a processor must have come together. How often somebody reads is an input, given in
//! references. The moment is one of the clock, since most of the time between two references can be that of a reclaim, and
//! what a reclaim sees at its beginning and what it remembers at its end may differ by a refresh in between.
//!
//! Who reads does so after equal times; so a program that first fills its memory and then waits for swap is read seldom
//! (counted in references) while it is fast and often while it is slow, and the references between are right on average only.
//! How long the program will stay slow nobody knows: see [`period_ns`].

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

/// Slow references to come, as a multiple of the fast ones so far. An assumption; what was measured had 3 to 8 times as many
/// references under pressure as those that filled the memory.
const SLOW_TO_COME: f64 = 5.0;

/// The pace of fewer references says little but whether a reclaim was among them, which frees as many pages.
const ENOUGH: u64 = super::scan::SWAP_CLUSTER_MAX;

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
    /// Up to where the pace has been measured.
    measured: Reading,
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
            measured: Reading::default(),
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
            self.note_reading(now_ns, every);
        }
        due
    }

    fn note_reading(&mut self, now_ns: u64, every: u64) {
        let measured = self.references - self.measured.references;
        if measured >= ENOUGH.min(every) {
            let pace_ns = (now_ns - self.measured.ns) as f64 / measured as f64;
            let period = period_ns(now_ns as f64, self.references as f64, pace_ns, every as f64);
            self.period_ns = Some(period as u64);
            self.measured = Reading { references: self.references, ns: now_ns };
        }
        self.last = Reading { references: self.references, ns: now_ns };
    }
}

/// The time between readings of somebody who reads every `every` references on average, by what is known of the average at
/// `now_ns` after so many `references`, the last of which took `pace_ns` each.
///
/// References that were faster than this are those that go beyond what the time would have sufficed for. They had hardly any
/// readings, which are still to come: the slow ones are expected to be more by [`SLOW_TO_COME`] times as many. References that
/// were slower count as they were.
fn period_ns(now_ns: f64, references: f64, pace_ns: f64, every: f64) -> f64 {
    let at_pace = now_ns / pace_ns.max(1.0);
    let fast = references - at_pace;
    let to_come = if fast > 0.0 { fast * SLOW_TO_COME } else { 0.0 };
    every * pace_ns * (at_pace + to_come) / (at_pace + to_come + fast)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_references_have_the_readings_that_fast_ones_had_not() {
        assert_eq!(period_ns(100_000.0, 1000.0, 100.0, 50.0), 5000.0, "all alike");
        let after_fill = period_ns(2_000_000.0, 17_000.0, 2000.0, 160.0) / 2000.0;
        assert_eq!(
            after_fill.round(),
            134.0,
            "1000 slow ones after 16000 fast ones: five sixths of 160, and a little"
        );
        let later = period_ns(200_000_000.0, 116_000.0, 2000.0, 160.0) / 2000.0;
        assert_eq!(later.round(), 147.0);
        assert_eq!(period_ns(3_000_000.0, 2000.0, 1000.0, 10.0), 15_000.0, "slow ones first: the average");
    }

    #[test]
    fn a_single_slow_reference_does_not_make_the_period() {
        let mut every = Refresher::new(StatsRefresh::Every(100), 1);
        let mut now = 0;
        for reference in 1..=400 {
            every.note_reference();
            now += if reference == 301 { 1_000_000 } else { 100 };
            every.is_due(now);
        }
        assert!(every.period_ns.unwrap() < 1_000_000, "as if each reference took as long: {every:?}");
    }

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
    fn the_period_is_the_time_that_so_many_references_take() {
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
