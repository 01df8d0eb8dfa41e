//! A machine whose processes have a C library: the kernel's process and its malloc as one thing.
//!
//! A [`Twin`] is the whole state, plain and `Clone`; a [`Program`] is one of its threads about to make calls. Left out: the C
//! library's other parts, which map and touch memory of their own only at a process's start.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Debug;

use memtwin_alloc::{AnyMalloc, Failure, HeapSummary, Malloc, OwnMalloc, ThreadId};
use memtwin_kernel::mmu::{Config, VirtAddr};
use memtwin_kernel::{Errno, Kernel, Pid, Tid};

use crate::malloc_setup::MallocSetup;
use crate::program::Program;
use crate::trace::Trace;

/// A machine, its processes and their heaps.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Twin {
    /// The machine and its processes.
    pub kernel: Kernel,
    /// What the C libraries asked of the kernel.
    pub trace: Trace,
    heaps: BTreeMap<Pid, AnyMalloc>,
    malloc: MallocSetup,
}

impl Twin {
    /// A machine with no process, whose processes will use glibc's malloc.
    pub fn new(config: Config) -> Twin {
        Twin::with_malloc(config, MallocSetup::default())
    }

    /// A machine with no process, whose processes will use `malloc`.
    pub fn with_malloc(config: Config, malloc: impl Into<MallocSetup>) -> Twin {
        let malloc = malloc.into();
        Twin { kernel: Kernel::new(config), trace: Trace::default(), heaps: BTreeMap::new(), malloc }
    }

    /// A twin like this one, that goes on by itself; what memory holds is shared until it is written ([`Kernel::branch`]).
    pub fn branch(&mut self) -> Twin {
        self.kernel.machine.freeze();
        self.clone()
    }

    /// Starts a process as `scenario.md` describes it.
    ///
    /// # Errors
    /// `ENOMEM` if the machine cannot hold its image and stack, `ENOSYS` if it cannot have the malloc.
    pub fn spawn(&mut self) -> Result<Pid, Errno> {
        let heap = self.malloc.build(&self.kernel.machine.config).map_err(|_| Errno::ENOSYS)?;
        let pid = self.kernel.spawn()?;
        self.heaps.insert(pid, heap);
        Ok(pid)
    }

    /// Gives a process a malloc of one's own, in the state of before its first call: for a process that has not allocated yet. Its
    /// children have clones of it. A twin with such a malloc cannot be written to a checkpoint.
    ///
    /// # Errors
    /// `ESRCH` if there is no such process.
    pub fn use_malloc(
        &mut self,
        pid: Pid,
        malloc: impl Malloc + Debug + Sync + 'static,
    ) -> Result<(), Errno> {
        let heap = self.heaps.get_mut(&pid).ok_or(Errno::ESRCH)?;
        *heap = AnyMalloc::Own(OwnMalloc::new(malloc));
        Ok(())
    }

    /// The first thread of a process, about to make calls.
    ///
    /// # Errors
    /// `ESRCH` if there is no such process.
    pub fn process(&mut self, pid: Pid) -> Result<Program<'_>, Errno> {
        self.program(Tid { pid, thread: 1 })
    }

    /// A thread, about to make calls.
    ///
    /// # Errors
    /// `ESRCH` if there is no such process or thread.
    pub fn program(&mut self, tid: Tid) -> Result<Program<'_>, Errno> {
        let heap = self.heaps.get_mut(&tid.pid).ok_or(Errno::ESRCH)?;
        Ok(Program { task: self.kernel.task(tid)?, heap, trace: &mut self.trace })
    }

    /// `fork()` by a thread: process `child` begins as a copy of its process, with that thread alone as its first.
    ///
    /// # Errors
    /// `ESRCH`, `EEXIST` if there is a process of this number, and Linux's; the signal of glibc's own accesses.
    pub fn fork(&mut self, tid: Tid, child: Pid) -> Result<(), CallError> {
        self.kernel.task(tid)?.fork(child)?;
        let heap = self.heaps.get(&tid.pid).ok_or(Errno::ESRCH)?.clone();
        self.heaps.insert(child, heap);
        let caller = ThreadId(tid.thread);
        let child = Tid { pid: child, thread: 1 };
        self.program(tid)?.call("fork", |heap, os| heap.fork_parent(os, caller))?;
        Ok(self.program(child)?.call("fork", |heap, os| heap.fork_child(os, caller, ThreadId(1)))?)
    }

    /// `exit_group(code)`.
    ///
    /// # Errors
    /// `ESRCH` if there is no such process or thread.
    pub fn exit(&mut self, tid: Tid, code: i32) -> Result<(), Errno> {
        self.kernel.task(tid)?.exit(code);
        self.heaps.remove(&tid.pid);
        Ok(())
    }

    /// `pthread_create`: thread `number` of the caller's process begins.
    ///
    /// # Errors
    /// `ESRCH`, and `EEXIST` if there is a thread of this number.
    pub fn thread_start(&mut self, tid: Tid, number: u32) -> Result<(), Errno> {
        let mut program = self.program(tid)?;
        program.task.thread_start(number)?;
        program.heap.thread_start(ThreadId(number));
        Ok(())
    }

    /// `pthread_exit`: the thread ends, and what its malloc cached goes back.
    ///
    /// # Errors
    /// `ESRCH`, and what malloc's own checks and accesses come to.
    pub fn thread_exit(&mut self, tid: Tid) -> Result<(), CallError> {
        let thread = ThreadId(tid.thread);
        let mut program = self.program(tid)?;
        let result = program.call("thread_exit", |heap, os| heap.thread_exit(os, thread));
        program.task.thread_exit();
        Ok(result?)
    }

    /// Where the bytes of a process's heap are. `None` if the program overwrote the heap.
    ///
    /// # Errors
    /// `ESRCH` if there is no such process.
    pub fn heap_summary(&self, pid: Pid) -> Result<Option<HeapSummary>, Errno> {
        let machine = &self.kernel.machine;
        let mm = self.kernel.process(pid)?.mm;
        let peek = |addr| {
            let mut word = [0; 8];
            machine.peek(mm, VirtAddr::new(addr), &mut word).then(|| u64::from_le_bytes(word))
        };
        Ok(self.heap(pid)?.heap_view(peek).ok().map(|view| view.summary()))
    }

    /// The heap of a process.
    ///
    /// # Errors
    /// `ESRCH` if there is no such process.
    pub fn heap(&self, pid: Pid) -> Result<&AnyMalloc, Errno> {
        self.heaps.get(&pid).ok_or(Errno::ESRCH)
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
