//! The twin's side: a process to make calls and accesses with.

use memtwin::kernel::{Kernel, Task, Tid};
use memtwin::{Config, Pid};

pub(crate) const PAGE: u64 = 4096;
pub(crate) const READ: u64 = 1;
pub(crate) const READ_WRITE: u64 = 3;
const PRIVATE_ANONYMOUS: u64 = 0x22;

/// A machine with one process.
pub(crate) struct Machine {
    pub(crate) kernel: Kernel,
    pid: Pid,
}

impl Machine {
    pub(crate) fn new() -> Machine {
        let mut kernel = Kernel::new(Config::default());
        let pid = kernel.spawn().expect("memory for a process");
        Machine { kernel, pid }
    }

    pub(crate) fn tid(&self) -> Tid {
        Tid { pid: self.pid, thread: 1 }
    }

    pub(crate) fn task(&mut self) -> Task<'_> {
        let tid = self.tid();
        self.kernel.task(tid).expect("a live process")
    }
}

/// A fresh private mapping.
pub(crate) fn map(task: &mut Task<'_>, len: u64) -> u64 {
    task.mmap(0, len, READ_WRITE, PRIVATE_ANONYMOUS, u64::MAX, 0).expect("room to map")
}

/// Stores `value` at the start of each page.
pub(crate) fn store_pages(task: &mut Task<'_>, start: u64, pages: u64, value: u64) {
    for page in 0..pages {
        task.store(start + page * PAGE, value, 8).expect("mapped");
    }
}
