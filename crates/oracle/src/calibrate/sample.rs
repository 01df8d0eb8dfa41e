//! Rounds of one measurement, and what is said of them.

use std::time::Instant;

/// The median of the rounds, in nanoseconds for one event, and the distance to the farther quartile: half of the rounds are as near.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sample {
    pub(super) median: f64,
    pub(super) spread: f64,
}

impl Sample {
    /// Of rounds that took so many nanoseconds an event each.
    pub(super) fn of(mut rounds: Vec<f64>) -> Sample {
        rounds.sort_by(f64::total_cmp);
        let at = |hundredth: usize| rounds[(rounds.len() - 1) * hundredth / 100];
        let median = at(50);
        Sample { median, spread: (at(75) - median).max(median - at(25)) }
    }
}

/// Nanoseconds for each of `events` events that `work` does.
pub(super) fn time(events: u64, work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    begun.elapsed().as_nanos() as f64 / events as f64
}

/// Samples `work`, which does `events` events each time.
pub(super) fn sample(rounds: usize, events: u64, mut work: impl FnMut()) -> Sample {
    work();
    Sample::of((0..rounds).map(|_| time(events, &mut work)).collect())
}
