//! The twin's side.

use super::{ROUNDS, Side, place};
use memtwin::kernel::Tid;
use memtwin::{Config, Kernel};

const READ_WRITE: u64 = 3;
const READ: u64 = 1;
const PRIVATE_ANONYMOUS: u64 = 0x22;
const FIXED: u64 = 0x10;
const PAGE: u64 = 4096;
const NO_FILE: u64 = u64::MAX;

/// A kernel with one process.
pub(crate) struct Twin {
    kernel: Kernel,
    n: u64,
}

impl Twin {
    fn task(&mut self) -> memtwin::Task<'_> {
        self.kernel.task(Tid { pid: 1, thread: 1 }).expect("the process lives")
    }
}

impl Side for Twin {
    fn build(n: u64) -> Option<Twin> {
        let mut config = Config::default();
        config.max_map_count = n as usize + 2 * ROUNDS as usize;
        let mut kernel = Kernel::new(config);
        kernel.spawn().ok()?;
        let mut twin = Twin { kernel, n };
        for i in 0..n {
            let at = place(i, n);
            twin.task().mmap(at, 3 * PAGE, READ_WRITE, PRIVATE_ANONYMOUS | FIXED, NO_FILE, 0).ok()?;
        }
        Some(twin)
    }

    fn map_unmap(&mut self) {
        let mut task = self.task();
        let at = task.mmap(0, PAGE, READ_WRITE, PRIVATE_ANONYMOUS, NO_FILE, 0).expect("room");
        task.munmap(at, PAGE).expect("was mapped");
    }

    fn split_merge(&mut self, i: u64) {
        let at = place(i, self.n) + PAGE;
        self.task().mprotect(at, PAGE, READ).expect("is mapped");
        self.task().mprotect(at, PAGE, READ_WRITE).expect("is mapped");
    }

    fn touch(&mut self, i: u64) {
        let at = place(i, self.n);
        self.task().load(at, 1).expect("is mapped");
    }

    fn fork(&mut self) {
        self.task().fork(2).expect("memory");
        self.kernel.task(Tid { pid: 2, thread: 1 }).expect("the child lives").exit(0);
    }
}
