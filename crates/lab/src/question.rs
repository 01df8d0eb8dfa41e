//! What one may want to know of an address, to ask after each call.

use std::fmt;
use std::str::FromStr;

use memtwin_kernel::Pid;
use memtwin_workload::Twin;

use crate::{Sections, State};

/// Something that holds of an address of a process or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Question {
    /// It is in a mapping.
    Mapped,
    /// It is in no mapping.
    Unmapped,
    /// A mapping begins or ends there.
    Split,
    /// Its page is in memory.
    Resident,
    /// Its page is in swap.
    Swapped,
    /// A block of the heap that begins there lives.
    InUse,
    /// The same of the block that keeps the heap's top from being trimmed.
    Pinned,
}

/// A question that there is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("one can ask for mapped, unmapped, split, resident, swapped, in-use and pinned, not for `{0}`")]
pub struct UnknownQuestion(pub String);

impl Question {
    const ALL: [Question; 7] = [
        Question::Mapped,
        Question::Unmapped,
        Question::Split,
        Question::Resident,
        Question::Swapped,
        Question::InUse,
        Question::Pinned,
    ];

    /// Whether it holds now of the address `addr` of a process; not of a process that is gone.
    pub fn holds(self, twin: &Twin, pid: Pid, addr: u64) -> bool {
        match self {
            Question::Mapped => mapped(twin, pid, addr) == Some(true),
            Question::Unmapped => mapped(twin, pid, addr) == Some(false),
            Question::Split => {
                let maps = twin.kernel.maps(pid).unwrap_or_default();
                maps.iter().any(|entry| entry.start == addr || entry.end == addr)
            }
            Question::Resident => page(twin, pid, addr) == Some('P'),
            Question::Swapped => page(twin, pid, addr) == Some('S'),
            Question::InUse | Question::Pinned => lives(twin, pid, addr),
        }
    }

    /// The address that a question without one is about: for [`Pinned`](Question::Pinned) the highest block that lives, if it
    /// keeps anything from the system.
    pub fn subject(self, twin: &Twin, pid: Pid) -> Option<u64> {
        let summary = twin.heap_summary(pid).ok()??;
        summary.pinned_by.filter(|_| self == Question::Pinned).map(|chunk| chunk + HEADER)
    }
}

/// From a chunk to its block.
const HEADER: u64 = 16;

fn mapped(twin: &Twin, pid: Pid, addr: u64) -> Option<bool> {
    let maps = twin.kernel.maps(pid).ok()?;
    Some(maps.iter().any(|entry| entry.start <= addr && addr < entry.end))
}

fn page(twin: &Twin, pid: Pid, addr: u64) -> Option<char> {
    Some(twin.kernel.pagemap(pid, addr, 1).ok()?.first()?.letter())
}

fn lives(twin: &Twin, pid: Pid, addr: u64) -> bool {
    let Ok(state) = State::process(twin, pid, Sections::HEAP) else { return false };
    state.processes.values().any(|process| process.has_block(addr.wrapping_sub(HEADER)))
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Question::Mapped => "mapped",
            Question::Unmapped => "unmapped",
            Question::Split => "split",
            Question::Resident => "resident",
            Question::Swapped => "swapped",
            Question::InUse => "in-use",
            Question::Pinned => "pinned",
        })
    }
}

impl FromStr for Question {
    type Err = UnknownQuestion;

    fn from_str(name: &str) -> Result<Question, UnknownQuestion> {
        let found = Question::ALL.into_iter().find(|question| question.to_string() == name);
        found.ok_or_else(|| UnknownQuestion(name.to_owned()))
    }
}
