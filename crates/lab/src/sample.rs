//! Counters over time: sampled after each call, or at intervals, with peaks that miss nothing in between.
//!
//! Time is both the number of lines run so far and the machine's modelled clock, which moves where costs are modelled (under
//! memory pressure, at devices).

mod chrome;
mod counter;
mod table;

use memtwin_workload::Twin;

pub use counter::{Counter, UnknownCounter};

/// One look at the counters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The number of the line that was run last, or whatever the caller counts.
    pub line: u64,
    /// The program's time on the modelled clock, in µs.
    pub us: u64,
    /// The call that was made last.
    pub call: String,
    /// The values, in the order of the counters.
    pub values: Vec<u64>,
    /// The highest each was up to now, in calls as well as after them.
    pub peaks: Vec<u64>,
    /// The lowest that free memory was up to now, in bytes, in calls as well as after them.
    pub low_free: u64,
}

/// Counters and their values over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Samples {
    counters: Vec<Counter>,
    samples: Vec<Sample>,
    /// The highest each was, at times that were not sampled, too.
    peaks: Vec<u64>,
    pace: Pace,
    /// When the next sample is due, in the pace's unit.
    due: u64,
}

/// How often a sample is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// One in so many lines.
    Lines(u64),
    /// One in so many µs of the modelled clock, after the call during which they are over.
    Micros(u64),
}

impl Samples {
    /// No samples yet, of these counters.
    pub fn new(counters: Vec<Counter>, pace: Pace) -> Samples {
        let peaks = vec![0; counters.len()];
        Samples { counters, samples: Vec::new(), peaks, pace, due: 0 }
    }

    /// Notes the state after a call on line `line`; `call` is its text.
    pub fn note(&mut self, line: u64, call: &str, twin: &Twin) {
        let values: Vec<u64> = self.counters.iter().map(|counter| counter.value(twin)).collect();
        for ((peak, counter), value) in self.peaks.iter_mut().zip(&self.counters).zip(&values) {
            *peak = (*peak).max(*value).max(counter.peak(twin).unwrap_or_default());
        }
        let us = twin.kernel.machine.clock.program_ns() / 1000;
        if self.is_due(line, us) {
            let low_free = Counter::low_free(twin);
            let (call, peaks) = (call.to_owned(), self.peaks.clone());
            self.samples.push(Sample { line, us, call, values, peaks, low_free });
        }
    }

    fn is_due(&mut self, line: u64, us: u64) -> bool {
        let (now, step) = match self.pace {
            Pace::Lines(step) => (line, step),
            Pace::Micros(step) => (us, step),
        };
        let due = now >= self.due;
        if due {
            self.due = (now / step.max(1) + 1) * step.max(1);
        }
        due
    }

    /// When a sample was, in the pace's unit.
    fn time(&self, sample: &Sample) -> u64 {
        match self.pace {
            Pace::Lines(_) => sample.line,
            Pace::Micros(_) => sample.us,
        }
    }

    /// The counters.
    pub fn counters(&self) -> &[Counter] {
        &self.counters
    }

    /// The samples, the earliest first.
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// The highest value of a counter, in calls as well as after them; `None` if it is not sampled.
    pub fn peak(&self, counter: Counter) -> Option<u64> {
        self.counters.iter().position(|c| *c == counter).map(|at| self.peaks[at])
    }
}
