//! What a call came to, and how the log says it.

use std::fmt::Write;

use memtwin_alloc::Failure;
use memtwin_kernel::{Errno, SigCode, Signal};

use crate::syntax::Fault;
use crate::twin::CallError;

/// What a call came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A number, in decimal; 0 for a call without a value.
    Number(u64),
    /// An address or a loaded value, in hex.
    Hex(u64),
    /// Pages that touch reached before a signal, and the signal.
    Touched(u64, Signal),
    /// The text of a view: on the call's line, or below it if it begins with a line end.
    Text(String),
}

impl Outcome {
    /// The outcome of a call without a value.
    pub(crate) const DONE: Outcome = Outcome::Number(0);

    /// What a name is bound to.
    pub(crate) fn value(&self) -> u64 {
        match *self {
            Outcome::Number(value) | Outcome::Hex(value) => value,
            Outcome::Touched(..) | Outcome::Text(_) => 0,
        }
    }

    /// Appends it, with the blank before it, to a line of the log.
    pub(crate) fn print(&self, log: &mut String) {
        let result = match self {
            Outcome::Number(value) => write!(log, " {value}"),
            Outcome::Hex(value) => write!(log, " {value:#x}"),
            Outcome::Touched(pages, signal) => write!(log, " {pages}").map(|()| print_signal(*signal, log)),
            Outcome::Text(text) => {
                let blank = if text.is_empty() || text.starts_with('\n') { "" } else { " " };
                write!(log, "{blank}{text}")
            }
        };
        debug_assert!(result.is_ok(), "a String takes all");
    }
}

/// Why a call did not come to an [`Outcome`].
#[derive(Clone, Debug)]
pub(crate) enum Stop {
    /// The scenario asks for what makes no sense or is not modelled: the run ends here.
    Fault(Fault),
    /// `-1` and errno.
    Errno(Errno),
    /// A signal: the call is abandoned.
    Signal(Signal),
    /// The C library's NULL or SIGABRT.
    Library(Failure),
}

impl Stop {
    /// Appends it, with the blank before it, to a line of the log; the fault if the run ends here.
    pub(crate) fn print(self, log: &mut String) -> Result<(), Fault> {
        match self {
            Stop::Fault(fault) => return Err(fault),
            Stop::Errno(errno) => {
                log.push_str(" -1 ");
                log.push_str(errno.name());
            }
            Stop::Signal(signal) | Stop::Library(Failure::Signal(signal)) => print_signal(signal, log),
            Stop::Library(Failure::Null(None)) => log.push_str(" NULL"),
            Stop::Library(failure @ Failure::Endless) => {
                let _ = write!(log, " {failure}");
            }
            Stop::Library(Failure::Null(Some(errno))) => {
                log.push_str(" NULL ");
                log.push_str(errno.name());
            }
            Stop::Library(Failure::Abort(abort)) => {
                log.push_str(" SIGABRT ");
                log.push_str(&abort.to_string());
            }
        }
        Ok(())
    }
}

fn print_signal(signal: Signal, log: &mut String) {
    log.push(' ');
    match signal.code {
        SigCode::Kill => log.push_str(signal.name()),
        _ => log.push_str(&signal.to_string()),
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Stop {
        Stop::Fault(fault)
    }
}

impl From<Errno> for Stop {
    fn from(errno: Errno) -> Stop {
        Stop::Errno(errno)
    }
}

impl From<Signal> for Stop {
    fn from(signal: Signal) -> Stop {
        Stop::Signal(signal)
    }
}

impl From<CallError> for Stop {
    fn from(error: CallError) -> Stop {
        match error {
            CallError::Errno(errno) => Stop::Errno(errno),
            CallError::Library(failure) => Stop::Library(failure),
        }
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Stop {
        Stop::Library(failure)
    }
}
