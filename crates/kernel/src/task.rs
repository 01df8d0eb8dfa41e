//! Kernel, process and task: who makes calls.

use memtwin_mmu::{Config, Machine, MmId};

/// A process, by the number a scenario gives it.
pub type Pid = u32;

/// A thread of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tid {
    /// The process.
    pub pid: Pid,
    /// The thread in it; 1 is the first.
    pub thread: u32,
}

/// A machine with its processes.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// The machine.
    pub machine: Machine,
}

impl Kernel {
    /// A machine with no process.
    pub fn new(config: Config) -> Kernel {
        Kernel { machine: Machine::new(config) }
    }
}

/// One thread of one process, about to make calls.
#[derive(Debug)]
pub struct Task<'k> {
    /// The kernel it runs on.
    pub kernel: &'k mut Kernel,
    /// Who it is.
    pub tid: Tid,
    /// Its address space.
    pub mm: MmId,
}
