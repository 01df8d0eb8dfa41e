//! A machine whose processes have a C library: the kernel's process and its malloc as one thing.
//!
//! A [`Twin`] is the whole state, plain and `Clone`; a [`Program`] is one of its threads about to make calls. Left out: the C
//! library's other parts, which map and touch memory of their own only at a process's start.

use memtwin_alloc::Failure;
use memtwin_kernel::mmu::Config;
use memtwin_kernel::{Errno, Kernel, Pid, Tid};

use crate::heap::MallocKind;
use crate::trace::Trace;

/// A machine, its processes and their heaps.
#[derive(Clone, Debug)]
pub struct Twin {
    /// The machine and its processes.
    pub kernel: Kernel,
    /// What the C libraries asked of the kernel.
    pub trace: Trace,
    malloc: MallocKind,
}

impl Twin {
    /// A machine with no process, whose processes will use glibc's malloc.
    pub fn new(config: Config) -> Twin {
        Twin::with_malloc(config, MallocKind::default())
    }

    /// A machine with no process, whose processes will use `malloc`.
    pub fn with_malloc(config: Config, malloc: MallocKind) -> Twin {
        Twin { kernel: Kernel::new(config), trace: Trace::default(), malloc }
    }

    /// Starts a process as `scenario.md` describes it.
    ///
    /// # Errors
    /// `ENOMEM` if the machine cannot hold its image and stack.
    pub fn spawn(&mut self) -> Result<Pid, Errno> {
        self.kernel.spawn()
    }

    /// `fork()` by a thread: process `child` begins as a copy of its process, with that thread alone as its first.
    ///
    /// # Errors
    /// `ESRCH`, `EEXIST` if there is a process of this number, and Linux's; the signal of glibc's own accesses.
    pub fn fork(&mut self, tid: Tid, child: Pid) -> Result<(), CallError> {
        self.kernel.task(tid)?.fork(child)?;
        Ok(())
    }

    /// `exit_group(code)`.
    ///
    /// # Errors
    /// `ESRCH` if there is no such process or thread.
    pub fn exit(&mut self, tid: Tid, code: i32) -> Result<(), Errno> {
        self.kernel.task(tid)?.exit(code);
        Ok(())
    }

    /// `pthread_create`: thread `number` of the caller's process begins.
    ///
    /// # Errors
    /// `ESRCH`, and `EEXIST` if there is a thread of this number.
    pub fn thread_start(&mut self, tid: Tid, number: u32) -> Result<(), Errno> {
        self.kernel.task(tid)?.thread_start(number)?;
        Ok(())
    }

    /// `pthread_exit`: the thread ends, and what its malloc cached goes back.
    ///
    /// # Errors
    /// `ESRCH`, and what malloc's own checks and accesses come to.
    pub fn thread_exit(&mut self, tid: Tid) -> Result<(), CallError> {
        self.kernel.task(tid)?.thread_exit();
        Ok(())
    }
}

/// Why a call of kernel and C library together failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The kernel refused.
    #[error("{0}")]
    Errno(#[from] Errno),
    /// The C library's part failed.
    #[error("{0}")]
    Library(#[from] Failure),
}
