//! Looks at a process: its mappings, its memory, its faults.

use std::fmt::Write;

use super::Family::State;
use super::Param::Value;
use super::{Args, Call, Caller, Outcome, Stop};
use memtwin_kernel::proc::PagemapEntry;

/// A longer range makes no line that anybody reads.
const MOST_SHOWN_BYTES: u64 = 64 << 30;

pub(super) const CALLS: &[Call] = &[
    Call::new("maps", State, &[], maps),
    Call::new("smaps", State, &[], smaps),
    Call::new("status", State, &[], status),
    Call::new("rusage", State, &[], rusage),
    Call::new("pagemap", State, &[Value("addr"), Value("length")], pagemap),
];

/// A line a mapping, but for those that a process starts with.
fn maps(caller: &mut Caller<'_>, _: &Args<'_>) -> Result<Outcome, Stop> {
    let mut text = String::new();
    for entry in caller.twin.kernel.maps(caller.tid.pid)?.iter().filter(|entry| !entry.hidden) {
        let _ = write!(text, "\n  {}", entry.log_line());
    }
    Ok(Outcome::Text(text))
}

/// The same, each followed by its figures.
fn smaps(caller: &mut Caller<'_>, _: &Args<'_>) -> Result<Outcome, Stop> {
    let mut text = String::new();
    for entry in caller.twin.kernel.smaps_data(caller.tid.pid)?.iter().filter(|entry| !entry.map.hidden) {
        let _ = write!(text, "\n  {}", entry.map.log_line());
        let figures: Vec<String> = entry.logged().iter().map(|(name, kb)| format!("{name}={kb}")).collect();
        if !figures.is_empty() {
            let _ = write!(text, "\n    {}", figures.join(" "));
        }
    }
    Ok(Outcome::Text(text))
}

/// A letter a page.
fn pagemap(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    let length = a.within(1, "pagemap's length", 0..=MOST_SHOWN_BYTES, "at most 64G")?;
    let entries = caller.twin.kernel.pagemap(caller.tid.pid, a.value(0), length)?;
    Ok(Outcome::Text(entries.into_iter().map(PagemapEntry::letter).collect()))
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
