//! A malloc of one's own as a value that a process can have: any [`Malloc`], behind a pointer.
//!
//! [`Malloc`]'s calls are generic over the [`Os`], so that the mallocs of this crate are compiled with theirs; here they go
//! through `dyn Os`.

use std::fmt::Debug;

use memtwin_kernel::{Errno, Signal};

use crate::{Failure, HeapError, HeapView, Mallinfo2, Malloc, NearMemory, Os, Peek, ThreadId, Usage};

/// A malloc that is not of this crate.
#[derive(Debug)]
pub struct OwnMalloc(Box<dyn DynMalloc>);

impl OwnMalloc {
    /// Wraps a malloc.
    pub fn new(malloc: impl Malloc + Debug + Sync + 'static) -> OwnMalloc {
        OwnMalloc(Box::new(malloc))
    }
}

impl Clone for OwnMalloc {
    fn clone(&self) -> OwnMalloc {
        OwnMalloc(self.0.clone_box())
    }
}

macro_rules! calls {
    ($(fn $name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)+) => {
        /// [`Malloc`] without type parameters.
        trait DynMalloc: Debug + Send + Sync {
            $(fn $name(&mut self, os: &mut dyn Os, $($argument: $type),*) -> $answer;)+
            fn thread_start(&mut self, thread: ThreadId);
            fn heap_view(&self, peek: &dyn Fn(u64) -> Option<u64>) -> Result<HeapView, HeapError>;
            fn usage(&self) -> Usage;
            fn clone_box(&self) -> Box<dyn DynMalloc>;
        }

        impl<M: Malloc + Debug + Sync + 'static> DynMalloc for M {
            $(fn $name(&mut self, mut os: &mut dyn Os, $($argument: $type),*) -> $answer {
                Malloc::$name(self, &mut os, $($argument),*)
            })+

            fn thread_start(&mut self, thread: ThreadId) {
                Malloc::thread_start(self, thread);
            }

            fn heap_view(&self, peek: &dyn Fn(u64) -> Option<u64>) -> Result<HeapView, HeapError> {
                Malloc::heap_view(self, peek)
            }

            fn usage(&self) -> Usage {
                Malloc::usage(self)
            }

            fn clone_box(&self) -> Box<dyn DynMalloc> {
                Box::new(self.clone())
            }
        }

        impl Malloc for OwnMalloc {
            $(fn $name<O: Os>(&mut self, os: &mut O, $($argument: $type),*) -> $answer {
                self.0.$name(os, $($argument),*)
            })+

            fn thread_start(&mut self, thread: ThreadId) {
                self.0.thread_start(thread);
            }

            fn heap_view<P: Peek>(&self, peek: P) -> Result<HeapView, HeapError> {
                self.0.heap_view(&peek)
            }

            fn usage(&self) -> Usage {
                self.0.usage()
            }
        }
    };
}

calls! {
    fn malloc(thread: ThreadId, size: u64) -> Result<u64, Failure>;
    fn calloc(thread: ThreadId, count: u64, size: u64) -> Result<u64, Failure>;
    fn realloc(thread: ThreadId, addr: u64, size: u64) -> Result<u64, Failure>;
    fn free(thread: ThreadId, addr: u64) -> Result<(), Failure>;
    fn memalign(thread: ThreadId, align: u64, size: u64) -> Result<u64, Failure>;
    fn aligned_alloc(thread: ThreadId, align: u64, size: u64) -> Result<u64, Failure>;
    fn posix_memalign(thread: ThreadId, align: u64, size: u64) -> Result<u64, Failure>;
    fn reallocarray(thread: ThreadId, addr: u64, count: u64, size: u64) -> Result<u64, Failure>;
    fn malloc_trim(thread: ThreadId, pad: u64) -> Result<i32, Failure>;
    fn malloc_usable_size(thread: ThreadId, addr: u64) -> Result<u64, Failure>;
    fn mallopt(thread: ThreadId, param: i32, value: i32) -> Result<i32, Failure>;
    fn mallinfo2(thread: ThreadId) -> Result<Mallinfo2, Failure>;
    fn malloc_stats(thread: ThreadId) -> Result<String, Failure>;
    fn malloc_info(thread: ThreadId) -> Result<String, Failure>;
    fn brk(addr: u64) -> Result<(), Errno>;
    fn sbrk(increment: i64) -> Result<u64, Errno>;
    fn thread_exit(thread: ThreadId) -> Result<(), Failure>;
    fn fork_parent(thread: ThreadId) -> Result<(), Failure>;
    fn fork_child(thread: ThreadId, renamed: ThreadId) -> Result<(), Failure>;
}

impl NearMemory for &mut dyn Os {}

impl Os for &mut dyn Os {
    fn page_size(&self) -> u64 {
        (**self).page_size()
    }

    fn brk(&mut self, addr: u64) -> u64 {
        (**self).brk(addr)
    }

    fn mmap(&mut self, addr: u64, len: u64, prot: u32, flags: u32) -> Result<u64, Errno> {
        (**self).mmap(addr, len, prot, flags)
    }

    fn munmap(&mut self, addr: u64, len: u64) -> Result<(), Errno> {
        (**self).munmap(addr, len)
    }

    fn mprotect(&mut self, addr: u64, len: u64, prot: u32) -> Result<(), Errno> {
        (**self).mprotect(addr, len, prot)
    }

    fn mremap(&mut self, addr: u64, old_len: u64, new_len: u64, flags: u32) -> Result<u64, Errno> {
        (**self).mremap(addr, old_len, new_len, flags)
    }

    fn madvise(&mut self, addr: u64, len: u64, advice: u32) -> Result<(), Errno> {
        (**self).madvise(addr, len, advice)
    }

    fn load(&mut self, addr: u64, size: u32) -> Result<u64, Signal> {
        (**self).load(addr, size)
    }

    fn store(&mut self, addr: u64, value: u64, size: u32) -> Result<(), Signal> {
        (**self).store(addr, value, size)
    }

    fn modify64(&mut self, addr: u64, clear: u64, set: u64) -> Result<(), Signal> {
        (**self).modify64(addr, clear, set)
    }

    fn copy(&mut self, dst: u64, src: u64, len: u64) -> Result<(), Signal> {
        (**self).copy(dst, src, len)
    }

    fn fill(&mut self, dst: u64, byte: u8, len: u64) -> Result<(), Signal> {
        (**self).fill(dst, byte, len)
    }

    fn peek64(&self, addr: u64) -> Option<u64> {
        (**self).peek64(addr)
    }
}
