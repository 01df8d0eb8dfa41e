//! What can be wrong with a line: each says what was found and what to do.

use super::{Span, constants};
use crate::calls::calls;
use crate::did_you_mean;

/// Something wrong, and where in its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The bytes of the line that are wrong.
    pub span: Span,
    /// What is wrong with them.
    pub problem: Problem,
}

impl Fault {
    /// `problem` at `span`.
    pub fn new(span: Span, problem: Problem) -> Fault {
        Fault { span, problem }
    }
}

/// Why a line was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A line that is no call.
    #[error("expected a call `name(arguments)`, found `{0}`")]
    NoCall(String),
    /// A call without its end.
    #[error("`{0}(` is never closed; end the line with `)`")]
    Unclosed(String),
    /// Text after the closing parenthesis.
    #[error("unexpected `{0}` after the call; one call a line, comments begin with `#`")]
    Trailing(String),
    /// A quote without its end.
    #[error("the string is never closed; add a `\"`")]
    OpenString,
    /// A bad `[P]` or `[P.T]`.
    #[error("expected `[P]` or `[P.T]` with numbers from 1, found `{0}`")]
    Prefix(String),
    /// A binding to what is no name.
    #[error("`{0}` is not a name to bind; a name begins with a letter or `_`")]
    Binding(String),
    /// No such call.
    #[error("unknown call `{0}`{hint}; `memtwin support` lists the calls", hint = did_you_mean(.0, calls().map(|call| call.name)))]
    UnknownCall(String),
    /// A call of the language that this build cannot run yet.
    #[error("`{0}` is not modelled yet; `memtwin support` lists what is")]
    NotBuilt(&'static str),
    /// Too few or too many arguments.
    #[error("`{call}` takes {takes}, found {found}")]
    ArgumentCount {
        /// The call.
        call: &'static str,
        /// How many it takes, in words.
        takes: String,
        /// How many there are.
        found: usize,
    },
    /// An argument with nothing in it.
    #[error("empty argument; write a number, a name or `NULL`")]
    Empty,
    /// Neither a number nor a name.
    #[error("expected a number or a name, found `{0}`")]
    NoValue(String),
    /// Digits wanted.
    #[error("expected a number, found `{0}`; only numbers are added and subtracted")]
    NoNumber(String),
    /// Something behind a number or a name that joins nothing.
    #[error("unexpected `{0}`; join values with `|`, add numbers with `+` and `-`")]
    AfterValue(String),
    /// More than 64 bits.
    #[error("`{0}` does not fit into 64 bits")]
    Overflow(String),
    /// A name that nothing bound and no header defines.
    #[error("unknown name `{0}`{hint}; bind it first (`{0} = call(…)`) or use a name of the C headers", hint = did_you_mean(.0, constants().iter().map(|known| known.0)))]
    UnknownName(String),
    /// A quoted string wanted.
    #[error("expected a \"string\", found `{0}`")]
    NoString(String),
    /// touch's third argument.
    #[error("expected `r` or `w`, found `{0}`")]
    Mode(String),
    /// load's or store's size.
    #[error("an access is of 1, 2, 4 or 8 bytes, not {0}")]
    AccessSize(u64),
    /// A number out of what the call can take.
    #[error("{what} must be {range}, not {found}")]
    Range {
        /// What it counts.
        what: &'static str,
        /// What is allowed, in words.
        range: &'static str,
        /// What was found.
        found: u64,
    },
    /// fork or thread with a number in use.
    #[error("{what} {number} is there already; use the number of one that ended, or a new one")]
    InUse {
        /// Process or thread.
        what: &'static str,
        /// Its number.
        number: u64,
    },
    /// thread_exit by a process's first thread.
    #[error("a process's first thread ends with `exit`, not `thread_exit`")]
    FirstThread,
    /// `machine(…)` after another call.
    #[error("`machine` must be the first call")]
    MachineLate,
    /// An unknown or bad setting of `machine(…)`.
    #[error("{0}")]
    Setting(String),
    /// What the kernel of the twin does not model.
    #[error("not modelled: {0}")]
    NotModelled(String),
}
