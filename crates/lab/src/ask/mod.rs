//! The classic questions about memory as experiments: each is a few scenarios, run on the twin, and what was counted.
//!
//! An [`Experiment`] is data: trials, each with lines that prepare and lines that are measured, and the counters that tell. So each
//! trial can be run on a real machine, too (`memtwin ask NAME --scenario`, then `memtwin verify`).

mod answer;
mod measure;
mod questions;

pub use answer::{Answer, ask};
pub use measure::Measure;
pub use questions::EXPERIMENTS;

/// A question and how it is answered.
#[derive(Clone, Copy, Debug)]
pub struct Experiment {
    /// Its name in commands.
    pub name: &'static str,
    /// The question, a sentence.
    pub question: &'static str,
    /// What is compared.
    pub trials: &'static [Trial],
    /// What is counted of each trial.
    pub measures: &'static [Measure],
    /// What the figures show.
    pub shows: &'static str,
}

/// One of the things compared.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    /// What it is, in a few words.
    pub label: &'static str,
    /// The lines before.
    pub setup: &'static str,
    /// The lines that are measured.
    pub lines: &'static str,
}

impl Experiment {
    /// The experiment of a name.
    pub fn named(name: &str) -> Option<&'static Experiment> {
        EXPERIMENTS.iter().copied().find(|experiment| experiment.name == name)
    }
}

impl Trial {
    /// The whole trial as a scenario.
    pub fn scenario(&self) -> String {
        format!("# {}\n{}# measured from here on\n{}", self.label, self.setup, self.lines)
    }
}
