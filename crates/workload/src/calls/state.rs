//! Looks at a process: its mappings, its memory, its faults.

use std::fmt::Write;

use super::Family::State;
use super::Param::Value;
use super::{Args, Call, Caller, Outcome, Stop};

pub(super) const CALLS: &[Call] = &[
    Call::new("maps", State, &[], maps),
    Call::missing("smaps", State, &[]),
    Call::new("status", State, &[], status),
    Call::new("rusage", State, &[], rusage),
    Call::missing("pagemap", State, &[Value("addr"), Value("length")]),
];

/// A line a mapping, but for those that a process starts with.
fn maps(caller: &mut Caller<'_>, _: &Args<'_>) -> Result<Outcome, Stop> {
    let mut text = String::new();
    for entry in caller.twin.kernel.maps(caller.tid.pid)?.iter().filter(|entry| !entry.hidden) {
        let _ = write!(text, "\n  {}", entry.log_line());
    }
    Ok(Outcome::Text(text))
}

/// The growth in kB since the first process began, zero ones left out.
fn status(caller: &mut Caller<'_>, _: &Args<'_>) -> Result<Outcome, Stop> {
    let growth = caller.twin.kernel.status_growth(caller.tid.pid)?;
    let fields: Vec<String> = growth.iter().map(|(name, kb)| format!("{name}={kb}")).collect();
    Ok(Outcome::Text(fields.join(" ")))
}

fn rusage(caller: &mut Caller<'_>, _: &Args<'_>) -> Result<Outcome, Stop> {
    let faults = caller.twin.kernel.faults(caller.tid.pid)?;
    Ok(Outcome::Text(format!("minflt={} majflt={}", faults.minflt, faults.majflt)))
}
