//! A process: its address space (with the break and the limits), its files, its threads (Linux: `struct signal_struct` with what hangs
//! on it). Left out: credentials, signals, sessions, priorities.

use crate::Pid;
use crate::file::FdTable;
use crate::places::Places;
use memtwin_mmu::MmId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Page faults of a thread or process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faults {
    /// Without input (`min_flt`).
    pub minflt: u64,
    /// With input (`maj_flt`).
    pub majflt: u64,
}

impl Faults {
    /// What was added since `earlier`.
    pub fn since(self, earlier: Faults) -> Faults {
        Faults { minflt: self.minflt - earlier.minflt, majflt: self.majflt - earlier.majflt }
    }

    /// Adds `more`.
    pub fn add(&mut self, more: Faults) {
        self.minflt += more.minflt;
        self.majflt += more.majflt;
    }
}

/// A process.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Process {
    /// Its address space.
    pub mm: MmId,
    /// Who forked it.
    pub parent: Option<Pid>,
    /// Its open files.
    pub fds: FdTable,
    /// Its threads by number, with the faults of each.
    pub threads: BTreeMap<u32, Faults>,
    /// The faults of threads that have ended.
    pub ended: Faults,
    /// The highest resident size after any line, in pages.
    pub hwm_pages: u64,
    /// Where its parts were when it began.
    pub places: Places,
}

impl Process {
    /// The faults of all its threads, those that ended included (what `/proc/PID/stat` and `getrusage` show).
    pub fn faults(&self) -> Faults {
        let mut sum = self.ended;
        self.threads.values().for_each(|f| sum.add(*f));
        sum
    }
}
