//! A thread with its C library: the entry points of malloc as a program calls them.

use memtwin_alloc::{AnyMalloc, Failure, Mallinfo2, Malloc, ThreadId, Usage};
use memtwin_kernel::{Errno, Task};

use crate::libc::Libc;
use crate::trace::Trace;

/// A thread with its C library, about to make calls. Arguments are the C prototypes'.
///
/// Each allocation call fails as [`Failure`] says: with NULL and perhaps an errno, an abort, or a signal.
#[derive(Debug)]
#[allow(clippy::missing_errors_doc)] // the paragraph above
pub struct Program<'t> {
    /// The thread in the kernel: its system calls and accesses.
    pub task: Task<'t>,
    pub(crate) heap: &'t mut AnyMalloc,
    pub(crate) trace: &'t mut Trace,
}

#[allow(clippy::missing_errors_doc)]
impl Program<'_> {
    /// `malloc(size)`: the block.
    pub fn malloc(&mut self, size: u64) -> Result<u64, Failure> {
        let thread = self.thread();
        if let Some(block) = self.heap.malloc_near(&mut self.task, thread, size) {
            return Ok(block);
        }
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
        if self.heap.free_near(&mut self.task, thread, block).is_some() {
            return Ok(());
        }
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
    pub(crate) fn call<R>(
        &mut self,
        name: &'static str,
        call: impl FnOnce(&mut AnyMalloc, &mut Libc<'_, '_>) -> R,
    ) -> R {
        let mut libc = Libc::enter(&mut self.task, self.trace, name);
        call(self.heap, &mut libc)
    }
}
