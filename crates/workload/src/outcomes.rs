//! What a program sees of its calls, whatever machine it runs on: values it loads, and which calls succeed. Addresses are left out,
//! since they follow from the layout; so are the looks at the state, and how many pages a touch reached, since pages are larger
//! on some machines.

use memtwin_alloc::Failure;

use crate::calls::{Call, Family, Outcome, Stop};

/// What a program sees of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// It went well.
    Done,
    /// It went well and gave this value: a load, or a number of accesses.
    Value(u64),
    /// It failed: errno's name, the signal's, or NULL.
    Failed(&'static str),
}

impl Seen {
    /// What is seen of a call that came to `result`; None of looks at the state.
    pub(crate) fn of(call: &Call, result: &Result<Outcome, Stop>) -> Option<Seen> {
        match (call.family, result) {
            (Family::State | Family::Machine, _) | (_, Err(Stop::Fault(_))) => None,
            (Family::Access, Ok(Outcome::Number(_))) if call.name == "touch" => Some(Seen::Done),
            (Family::Access, Ok(outcome)) => Some(Seen::of_access(outcome)),
            (_, Ok(_)) => Some(Seen::Done),
            (_, Err(stop)) => Some(Seen::Failed(failure(stop))),
        }
    }

    fn of_access(outcome: &Outcome) -> Seen {
        match outcome {
            Outcome::Number(value) | Outcome::Hex(value) => Seen::Value(*value),
            Outcome::Touched(_, signal) => Seen::Failed(signal.name()),
            Outcome::Text(_) => Seen::Done,
        }
    }
}

fn failure(stop: &Stop) -> &'static str {
    match stop {
        Stop::Errno(errno) | Stop::Library(Failure::Null(Some(errno))) => errno.name(),
        Stop::Signal(signal) | Stop::Library(Failure::Signal(signal)) => signal.name(),
        Stop::Library(Failure::Abort(_)) => "SIGABRT",
        _ => "NULL",
    }
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Seen::Done => f.write_str("success"),
            Seen::Value(value) => write!(f, "{value:#x}"),
            Seen::Failed(name) => f.write_str(name),
        }
    }
}

/// What a program saw of all its calls, with the line of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcomes {
    calls: Vec<(u64, Seen)>,
}

impl Outcomes {
    pub(crate) fn note(&mut self, line: u64, seen: Seen) {
        self.calls.push((line, seen));
    }

    /// The first call of which `other` saw something else: its line, what was seen here and there.
    pub(crate) fn difference(&self, other: &Outcomes) -> Option<(u64, Seen, Seen)> {
        let pairs = self.calls.iter().zip(&other.calls);
        let (here, there) = pairs.into_iter().find(|(here, there)| here != there)?;
        Some((here.0, here.1, there.1))
    }
}
