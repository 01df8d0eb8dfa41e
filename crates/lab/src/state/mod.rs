//! The state of a machine, a process or a heap as data and as text, in sections that can be chosen.
//!
//! The text is stable: names instead of addresses ([`Place`](crate::Place)), no frame numbers unless a section is about frames, and
//! neighbours alike are one line, so that a gigabyte fits a screen. The same state always gives the same text.

mod heap;
mod machine;
mod pages;
mod process;
mod text;

use std::collections::BTreeMap;

use bitflags::bitflags;
use memtwin_kernel::{Errno, Pid};
use memtwin_workload::Twin;
use serde::Serialize;

pub(crate) use heap::{HeapState, chunk_name};
pub use machine::MachineState;
pub(crate) use pages::{Kind, Page, PageRun};
pub use process::{MapState, ProcessState};

bitflags! {
    /// What of a state is looked at and shown.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct Sections: u32 {
        /// A process's mappings.
        const MAPS = 1 << 0;
        /// A process's pages, neighbours alike folded: rights, used and dirty bits, what is behind them.
        const PAGES = 1 << 1;
        /// A process's page tables as a tree, with frame numbers.
        const TABLES = 1 << 2;
        /// A process's heap, chunk by chunk, neighbours alike folded.
        const HEAP = 1 << 3;
        /// The lists of free chunks of a heap.
        const BINS = 1 << 4;
        /// The sizes of `/proc/PID/status`, the commit charge and `/proc/vmstat`, those that are not zero.
        const COUNTERS = 1 << 5;
        /// The machine's page faults by cause, owner, call and mapping.
        const LEDGER = 1 << 6;
        /// What the machine's frames are used for.
        const FRAMES = 1 << 7;
        /// The LRU lists, the page that goes next first.
        const LRU = 1 << 8;
        /// Swap slots.
        const SWAP = 1 << 9;
        /// The TLB's entries.
        const TLB = 1 << 10;
    }
}

impl Default for Sections {
    /// What the program sees: mappings, pages, heap, lists, counters, ledger.
    fn default() -> Sections {
        Sections::MAPS
            | Sections::PAGES
            | Sections::HEAP
            | Sections::BINS
            | Sections::COUNTERS
            | Sections::LEDGER
    }
}

impl Sections {
    /// The sections of a process.
    pub const PROCESS: Sections = Sections::MAPS
        .union(Sections::PAGES)
        .union(Sections::TABLES)
        .union(Sections::HEAP)
        .union(Sections::BINS)
        .union(Sections::COUNTERS);
    /// The sections of the machine.
    pub const MACHINE: Sections = Sections::COUNTERS
        .union(Sections::LEDGER)
        .union(Sections::FRAMES)
        .union(Sections::LRU)
        .union(Sections::SWAP)
        .union(Sections::TLB);
}

/// A state at one moment. `Display` is the text, `Serialize` the data; [`since`](State::since) compares.
#[derive(Clone, Debug, Serialize)]
pub struct State {
    /// The processes, by number.
    pub processes: BTreeMap<Pid, ProcessState>,
    /// What belongs to no process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine: Option<MachineState>,
}

impl State {
    /// A machine with all its processes, the [default](Sections::default) sections.
    pub fn of(twin: &Twin) -> State {
        State::with(twin, Sections::default())
    }

    /// A machine with all its processes.
    pub fn with(twin: &Twin, sections: Sections) -> State {
        State::captured(twin, sections, twin.kernel.pids(), true)
    }

    /// One process.
    ///
    /// # Errors
    /// `ESRCH` if there is no such process.
    pub fn process(twin: &Twin, pid: Pid, sections: Sections) -> Result<State, Errno> {
        twin.kernel.process(pid)?;
        Ok(State::captured(twin, sections, [pid], false))
    }

    /// The heap of one process: chunks and lists.
    ///
    /// # Errors
    /// `ESRCH` if there is no such process.
    pub fn heap(twin: &Twin, pid: Pid) -> Result<State, Errno> {
        State::process(twin, pid, Sections::HEAP | Sections::BINS)
    }

    /// The same with plain addresses instead of names.
    pub fn raw(twin: &Twin, sections: Sections) -> State {
        let processes = twin
            .kernel
            .pids()
            .filter_map(|pid| Some((pid, ProcessState::of(twin, pid, sections, true).ok()?)));
        State { processes: processes.collect(), machine: MachineState::of(twin, sections) }
    }

    fn captured(
        twin: &Twin,
        sections: Sections,
        pids: impl IntoIterator<Item = Pid>,
        with_machine: bool,
    ) -> State {
        let process = |pid| Some((pid, ProcessState::of(twin, pid, sections, false).ok()?));
        let processes = pids.into_iter().filter_map(process).collect();
        let machine = if with_machine { MachineState::of(twin, sections) } else { None };
        State { processes, machine }
    }
}
