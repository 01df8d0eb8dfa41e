//! The classic questions about memory as experiments: each is a few scenarios, run on the twin, and what was counted.
//!
//! An [`Experiment`] is data: trials, each with lines that prepare and lines that are measured, and the counters that tell. So each
//! trial whose machine is the host's can be run there, too: [`Trial::evidence`] is the scenario that shows what the figures are made of.
//! Logs of these, recorded on Linux, are in `tests/scenarios/ask`, and `memtwin ask NAME --verify` runs them on the host at hand.

mod answer;
mod figure;
mod measure;
mod questions;
mod references;
mod trial;

pub use answer::{Answer, AskError, Row, ask};
pub use figure::Figure;
pub use measure::Measure;
pub use questions::EXPERIMENTS;
pub use trial::{Run, Trial};

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

impl Experiment {
    /// The experiment of a name.
    pub fn named(name: &str) -> Option<&'static Experiment> {
        EXPERIMENTS.iter().copied().find(|experiment| experiment.name == name)
    }
}
