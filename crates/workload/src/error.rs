//! Why a run of a scenario ended early.

use std::io;

use crate::source::SourceError;
use crate::syntax::Fault;

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A line that makes no sense, or asks for what is not modelled.
    #[error(transparent)]
    Refused(#[from] Box<Refused>),
    /// The scenario could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The log could not be written.
    #[error("cannot write the log: {0}")]
    Log(#[from] io::Error),
}

/// A line that was refused. `Display` is `LINE:COLUMN: what was found and what to do`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{}: {}", self.column(), self.fault.problem)]
pub struct Refused {
    /// Its number, from 1.
    pub line: u64,
    /// Its text.
    pub text: String,
    /// What is wrong, and where in the text.
    pub fault: Fault,
}

impl Refused {
    /// The column of the first wrong character, from 1.
    pub fn column(&self) -> usize {
        self.fault.span.column(&self.text)
    }
}
