//! A machine whose processes have a C library: the kernel's process and its malloc as one thing.
//!
//! A [`Twin`] is the whole state, plain and `Clone`; a [`Program`] is one of its threads about to make calls. Left out: the C
//! library's other parts, which map and touch memory of their own only at a process's start.

use std::collections::BTreeMap;

use memtwin_alloc::{
    AnyMalloc, Failure, GlibcConfig, HeapSummary, Mallinfo2, Malloc, MallocKind, ThreadId, Usage,
};
use memtwin_kernel::mmu::{Config, VirtAddr};
use memtwin_kernel::{Errno, Kernel, Pid, Task, Tid};

use crate::libc::Libc;
use crate::trace::Trace;

/// A machine, its processes and their heaps.
#[derive(Clone, Debug)]
pub struct Twin {
    /// The machine and its processes.
    pub kernel: Kernel,
    /// What the C libraries asked of the kernel.
    pub trace: Trace,
    heaps: BTreeMap<Pid, AnyMalloc>,
    malloc: MallocKind,
}

impl Twin {
    /// A machine with no process, whose processes will use glibc's malloc.
    pub fn new(config: Config) -> Twin {
        Twin::with_malloc(config, MallocKind::default())
    }

    /// A machine with no process, whose processes will use `malloc`.
    pub fn with_malloc(config: Config, malloc: MallocKind) -> Twin {
        Twin { kernel: Kernel::new(config), trace: Trace::default(), heaps: BTreeMap::new(), malloc }
    }

    /// Starts a process as `scenario.md` describes it.
    ///
    /// # Errors
    /// `ENOMEM` if the machine cannot hold its image and stack, `ENOSYS` if it cannot have the malloc.
    pub fn spawn(&mut self) -> Result<Pid, Errno> {
        let config = &self.kernel.machine.config;
        let config = GlibcConfig {
            cpus: config.cpus,
            seed: config.seed,
            overcommit_memory: config.overcommit_memory,
            ..GlibcConfig::default()
        };
        let heap = AnyMalloc::new(self.malloc, config).map_err(|_| Errno::ENOSYS)?;
        let pid = self.kernel.spawn()?;
        self.heaps.insert(pid, heap);
        Ok(pid)
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

/// A thread with its C library, about to make calls. Arguments are the C prototypes'.
///
/// Each allocation call fails as [`Failure`] says: with NULL and perhaps an errno, an abort, or a signal.
#[derive(Debug)]
#[allow(clippy::missing_errors_doc)] // the paragraph above
pub struct Program<'t> {
    /// The thread in the kernel: its system calls and accesses.
    pub task: Task<'t>,
    heap: &'t mut AnyMalloc,
    trace: &'t mut Trace,
}

#[allow(clippy::missing_errors_doc)]
impl Program<'_> {
    /// `malloc(size)`: the block.
    pub fn malloc(&mut self, size: u64) -> Result<u64, Failure> {
        let thread = self.thread();
        self.call("malloc", |heap, os| heap.malloc(os, thread, size))
    }

    /// `calloc(count, size)`: the block.
    pub fn calloc(&mut self, count: u64, size: u64) -> Result<u64, Failure> {
        let thread = self.thread();
        self.call("calloc", |heap, os| heap.calloc(os, thread, count, size))
    }

    /// `realloc(block, size)`: the block.
    pub fn realloc(&mut self, block: u64, size: u64) -> Result<u64, Failure> {
        let thread = self.thread();
        self.call("realloc", |heap, os| heap.realloc(os, thread, block, size))
    }

    /// `reallocarray(block, count, size)`: the block.
    pub fn reallocarray(&mut self, block: u64, count: u64, size: u64) -> Result<u64, Failure> {
        let thread = self.thread();
        self.call("reallocarray", |heap, os| heap.reallocarray(os, thread, block, count, size))
    }

    /// `free(block)`.
    pub fn free(&mut self, block: u64) -> Result<(), Failure> {
        let thread = self.thread();
        self.call("free", |heap, os| heap.free(os, thread, block))
    }

    /// `memalign(align, size)`: the block.
    pub fn memalign(&mut self, align: u64, size: u64) -> Result<u64, Failure> {
        let thread = self.thread();
        self.call("memalign", |heap, os| heap.memalign(os, thread, align, size))
    }

    /// `aligned_alloc(align, size)`: the block.
    pub fn aligned_alloc(&mut self, align: u64, size: u64) -> Result<u64, Failure> {
        let thread = self.thread();
        self.call("aligned_alloc", |heap, os| heap.aligned_alloc(os, thread, align, size))
    }

    /// `posix_memalign(&block, align, size)`: the block.
    pub fn posix_memalign(&mut self, align: u64, size: u64) -> Result<u64, Failure> {
        let thread = self.thread();
        self.call("posix_memalign", |heap, os| heap.posix_memalign(os, thread, align, size))
    }

    /// `malloc_trim(pad)`: 1 if memory went back.
    pub fn malloc_trim(&mut self, pad: u64) -> Result<i32, Failure> {
        let thread = self.thread();
        self.call("malloc_trim", |heap, os| heap.malloc_trim(os, thread, pad))
    }

    /// `malloc_usable_size(block)`, in bytes.
    pub fn malloc_usable_size(&mut self, block: u64) -> Result<u64, Failure> {
        let thread = self.thread();
        self.call("malloc_usable_size", |heap, os| heap.malloc_usable_size(os, thread, block))
    }

    /// `mallopt(param, value)`: 1, or 0 if refused.
    pub fn mallopt(&mut self, param: i32, value: i32) -> Result<i32, Failure> {
        let thread = self.thread();
        self.call("mallopt", |heap, os| heap.mallopt(os, thread, param, value))
    }

    /// `mallinfo2()`.
    pub fn mallinfo2(&mut self) -> Result<Mallinfo2, Failure> {
        let thread = self.thread();
        self.call("mallinfo", |heap, os| heap.mallinfo2(os, thread))
    }

    /// The C library's `brk(addr)`.
    ///
    /// # Errors
    /// `ENOMEM` if the break stayed below `addr`.
    pub fn brk(&mut self, addr: u64) -> Result<(), Errno> {
        self.call("brk", |heap, os| heap.brk(os, addr))
    }

    /// The C library's `sbrk(increment)`: the break before.
    ///
    /// # Errors
    /// `ENOMEM` if the kernel refused.
    pub fn sbrk(&mut self, increment: i64) -> Result<u64, Errno> {
        self.call("sbrk", |heap, os| heap.sbrk(os, increment))
    }

    /// What the program has asked of its malloc so far.
    pub fn usage(&self) -> Usage {
        self.heap.usage()
    }

    fn thread(&self) -> ThreadId {
        ThreadId(self.task.tid.thread)
    }

    /// Runs a call of the C library named `name`; its faults are malloc's, and that call's.
    fn call<R>(
        &mut self,
        name: &'static str,
        call: impl FnOnce(&mut AnyMalloc, &mut Libc<'_, '_>) -> R,
    ) -> R {
        let mut libc = Libc::enter(&mut self.task, self.trace, name);
        call(self.heap, &mut libc)
    }
}
