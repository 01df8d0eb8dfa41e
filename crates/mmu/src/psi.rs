//! Pressure stall information: how long somebody, or everybody, waited for memory (Linux: `kernel/sched/psi.c`).
//!
//! `some`: the program or kswapd was reclaiming; `full`: the program, so that no work was done. Averages are taken every two seconds
//! of the modelled clock, as Linux does. Left out: waiting for pages of files that come back.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How often the averages are taken, in ns.
const PERIOD_NS: u64 = 2_000_000_000;
/// What an average over 10, 60 and 300 s keeps in each period, of 2048 (Linux: `EXP_10s`, …).
const KEEPS: [u64; 3] = [1677, 1981, 2034];
/// 1 as a fixed-point number.
const FIXED_1: u64 = 2048;

/// One line: totals and averages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stall {
    /// Time in ns.
    pub total_ns: u64,
    /// Averages over 10, 60 and 300 s in per cent, in 2048ths.
    averages: [u64; 3],
    until_ns: u64,
    averaged_ns: u64,
}

/// The pressure on memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Psi {
    /// Somebody waited.
    pub some: Stall,
    /// Everybody waited.
    pub full: Stall,
    next_ns: u64,
}

impl Stall {
    fn add(&mut self, start: u64, end: u64) {
        self.total_ns += end.saturating_sub(start.max(self.until_ns));
        self.until_ns = self.until_ns.max(end);
    }

    fn average(&mut self) {
        let grown = self.total_ns - self.averaged_ns;
        self.averaged_ns = self.total_ns;
        let percent = (grown.min(PERIOD_NS) * 100 * FIXED_1) / PERIOD_NS;
        for (average, keeps) in self.averages.iter_mut().zip(KEEPS) {
            let sum = *average * keeps + percent * (FIXED_1 - keeps);
            *average = (sum + if percent >= *average { FIXED_1 - 1 } else { 0 }) / FIXED_1;
        }
    }

    /// An average in per cent, over 10, 60 and 300 s.
    pub fn averages(&self) -> [f64; 3] {
        self.averages.map(|average| average as f64 / FIXED_1 as f64)
    }
}

impl Psi {
    /// Somebody waited from `start` to `end`, times of the modelled clock in ns; with `full` everybody did.
    pub(crate) fn stalled(&mut self, start: u64, end: u64, full: bool) {
        self.catch_up(start);
        self.some.add(start, end);
        if full {
            self.full.add(start, end);
        }
    }

    /// The figures at a time.
    pub fn at(&self, now_ns: u64) -> Psi {
        let mut psi = *self;
        psi.catch_up(now_ns);
        psi
    }

    fn catch_up(&mut self, now_ns: u64) {
        if self.next_ns == 0 {
            self.next_ns = PERIOD_NS;
        }
        let periods = (now_ns + PERIOD_NS).saturating_sub(self.next_ns) / PERIOD_NS;
        self.next_ns += periods * PERIOD_NS;
        // Longer ago than this no average remembers.
        for _ in 0..periods.min(4096) {
            self.some.average();
            self.full.average();
        }
    }
}

impl fmt::Display for Psi {
    /// As `/proc/pressure/memory` has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, stall) in [("some", &self.some), ("full", &self.full)] {
            let [avg10, avg60, avg300] = stall.averages.map(Hundredths);
            let total_us = stall.total_ns / 1000;
            writeln!(f, "{name} avg10={avg10} avg60={avg60} avg300={avg300} total={total_us}")?;
        }
        Ok(())
    }
}

/// A fixed-point number with two places, cut off as Linux does.
struct Hundredths(u64);

impl fmt::Display for Hundredths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / FIXED_1, self.0 % FIXED_1 * 100 / FIXED_1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: u64 = 1_000_000_000;

    #[test]
    fn averages_rise_with_stalls_and_fall_without() {
        let mut psi = Psi::default();
        assert_eq!(psi.to_string().lines().next().unwrap(), "some avg10=0.00 avg60=0.00 avg300=0.00 total=0");
        psi.stalled(0, S, false);
        psi.stalled(S / 2, S, true);
        let busy = psi.at(2 * S);
        assert_eq!((busy.some.total_ns, busy.full.total_ns), (S, S / 2), "overlaps count once");
        assert_eq!(
            busy.to_string().lines().next().unwrap(),
            "some avg10=9.05 avg60=1.63 avg300=0.34 total=1000000"
        );
        let later = psi.at(3600 * S);
        assert_eq!(later.some.averages(), [0.0; 3]);
    }
}
