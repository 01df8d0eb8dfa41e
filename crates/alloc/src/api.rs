//! The C library's allocation calls as a trait, and what they can answer.
//!
//! The arguments are the C prototypes'; the thread that calls is named, since mallocs keep state by thread. Left out:
//! valloc and pvalloc, which are `memalign` with a page.

use memtwin_kernel::{Errno, Signal};
use serde::{Deserialize, Serialize};

use crate::{Abort, HeapError, HeapView, NearMemory, Os, Peek};

/// A thread of the process, as its runner numbers them; 1 is the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ThreadId(pub u32);

/// Why a call gave no block, or did not return.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The call returned NULL (or its C prototype's failure), with errno set or untouched.
    #[error("NULL {0:?}")]
    Null(Option<Errno>),
    /// A failed integrity check: the library printed its message and raised SIGABRT.
    #[error("SIGABRT {0}")]
    Abort(Abort),
    /// The call would not return: the program tied a list of the library's into itself.
    #[error("never returns")]
    Endless,
    /// An access of the library's own raised a signal.
    #[error("{0:?}")]
    Signal(Signal),
}

impl From<Signal> for Failure {
    fn from(signal: Signal) -> Self {
        Self::Signal(signal)
    }
}

impl From<Abort> for Failure {
    fn from(abort: Abort) -> Self {
        Self::Abort(abort)
    }
}

/// The fields of `struct mallinfo2` (`<malloc.h>`); all bytes but those that say chunks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mallinfo2 {
    /// Bytes the heaps took from the system, mapped chunks left out.
    pub arena: u64,
    /// Free chunks, top among them, fastbins not.
    pub ordblks: u64,
    /// Chunks in fastbins.
    pub smblks: u64,
    /// Chunks that are mappings of their own.
    pub hblks: u64,
    /// Bytes of these.
    pub hblkhd: u64,
    /// Always 0.
    pub usmblks: u64,
    /// Bytes in fastbins.
    pub fsmblks: u64,
    /// Bytes in use (tcache counts as such).
    pub uordblks: u64,
    /// Bytes free.
    pub fordblks: u64,
    /// Bytes of the main arena's top.
    pub keepcost: u64,
}

impl Mallinfo2 {
    /// Each field's name and value, in the header's order.
    pub fn fields(&self) -> [(&'static str, u64); 10] {
        [
            ("arena", self.arena),
            ("ordblks", self.ordblks),
            ("smblks", self.smblks),
            ("hblks", self.hblks),
            ("hblkhd", self.hblkhd),
            ("usmblks", self.usmblks),
            ("fsmblks", self.fsmblks),
            ("uordblks", self.uordblks),
            ("fordblks", self.fordblks),
            ("keepcost", self.keepcost),
        ]
    }
}

/// A C library's allocator: one value a process. Cloning it is what fork does to the library's own data.
///
/// Each call fails with [`Failure`]: NULL, an abort or a signal; after any of them the state is what the real library's
/// would be, and further calls may be made.
///
/// A malloc of one's own needs [`malloc`](Self::malloc), [`free`](Self::free) and
/// [`malloc_usable_size`](Self::malloc_usable_size); the rest is made of these or does what a library without it would.
#[allow(clippy::missing_errors_doc)] // the paragraph above
pub trait Malloc: Clone + Send {
    /// [`malloc`](Self::malloc) if all it takes is near: the block. Otherwise nothing has changed.
    #[inline]
    fn malloc_near<N: NearMemory>(&mut self, memory: &mut N, thread: ThreadId, size: u64) -> Option<u64> {
        let _ = (memory, thread, size);
        None
    }

    /// [`free`](Self::free) if all it takes is near. Otherwise nothing has changed.
    #[inline]
    fn free_near<N: NearMemory>(&mut self, memory: &mut N, thread: ThreadId, addr: u64) -> Option<()> {
        let _ = (memory, thread, addr);
        None
    }

    /// `malloc(size)`: the block's address.
    fn malloc<O: Os>(&mut self, os: &mut O, thread: ThreadId, size: u64) -> Result<u64, Failure>;

    /// `calloc(count, size)`: the block's address, its bytes zero.
    fn calloc<O: Os>(&mut self, os: &mut O, thread: ThreadId, count: u64, size: u64) -> Result<u64, Failure> {
        let bytes = count.checked_mul(size).ok_or(Failure::Null(Some(Errno::ENOMEM)))?;
        let block = self.malloc(os, thread, bytes)?;
        os.fill(block, 0, bytes)?;
        Ok(block)
    }

    /// `realloc(addr, size)`: the block's new address; `Null(None)` where it was freed by size 0. Left as it is, the block always
    /// moves.
    fn realloc<O: Os>(&mut self, os: &mut O, thread: ThreadId, addr: u64, size: u64) -> Result<u64, Failure> {
        if addr == 0 {
            return self.malloc(os, thread, size);
        }
        let block = self.malloc(os, thread, size)?;
        let old = self.malloc_usable_size(os, thread, addr)?;
        os.copy(block, addr, old.min(size))?;
        self.free(os, thread, addr)?;
        Ok(block)
    }

    /// `free(addr)`.
    fn free<O: Os>(&mut self, os: &mut O, thread: ThreadId, addr: u64) -> Result<(), Failure>;

    /// `memalign(align, size)`. Left as it is, an alignment above 16 bytes is ENOMEM.
    fn memalign<O: Os>(
        &mut self,
        os: &mut O,
        thread: ThreadId,
        align: u64,
        size: u64,
    ) -> Result<u64, Failure> {
        const ALIGN: u64 = 16;
        match align {
            ..=ALIGN => self.malloc(os, thread, size),
            _ => Err(Failure::Null(Some(Errno::ENOMEM))),
        }
    }

    /// `aligned_alloc(align, size)`.
    fn aligned_alloc<O: Os>(
        &mut self,
        os: &mut O,
        thread: ThreadId,
        align: u64,
        size: u64,
    ) -> Result<u64, Failure> {
        self.memalign(os, thread, align, size)
    }

    /// `posix_memalign(&p, align, size)`: the block; its error is returned rather than set, `Null(Some(_))` all the same.
    fn posix_memalign<O: Os>(
        &mut self,
        os: &mut O,
        thread: ThreadId,
        align: u64,
        size: u64,
    ) -> Result<u64, Failure> {
        if !align.is_multiple_of(8) || !align.is_power_of_two() {
            return Err(Failure::Null(Some(Errno::EINVAL)));
        }
        self.memalign(os, thread, align, size).map_err(|failure| match failure {
            Failure::Null(_) => Failure::Null(Some(Errno::ENOMEM)),
            other => other,
        })
    }

    /// `reallocarray(addr, count, size)`.
    fn reallocarray<O: Os>(
        &mut self,
        os: &mut O,
        thread: ThreadId,
        addr: u64,
        count: u64,
        size: u64,
    ) -> Result<u64, Failure> {
        let bytes = count.checked_mul(size).ok_or(Failure::Null(Some(Errno::ENOMEM)))?;
        self.realloc(os, thread, addr, bytes)
    }

    /// `malloc_trim(pad)`: 1 if memory went back to the system, else 0.
    fn malloc_trim<O: Os>(&mut self, os: &mut O, thread: ThreadId, pad: u64) -> Result<i32, Failure> {
        let _ = (os, thread, pad);
        Ok(0)
    }

    /// `malloc_usable_size(addr)`, in bytes.
    fn malloc_usable_size<O: Os>(&mut self, os: &mut O, thread: ThreadId, addr: u64) -> Result<u64, Failure>;

    /// `mallopt(param, value)`: 1, or 0 if the value was refused.
    fn mallopt<O: Os>(
        &mut self,
        os: &mut O,
        thread: ThreadId,
        param: i32,
        value: i32,
    ) -> Result<i32, Failure> {
        let _ = (os, thread, param, value);
        Ok(0)
    }

    /// `mallinfo2()`.
    fn mallinfo2<O: Os>(&mut self, os: &mut O, thread: ThreadId) -> Result<Mallinfo2, Failure> {
        let _ = (os, thread);
        Ok(Mallinfo2::default())
    }

    /// What `malloc_stats()` prints to stderr.
    fn malloc_stats<O: Os>(&mut self, os: &mut O, thread: ThreadId) -> Result<String, Failure> {
        let _ = (os, thread);
        Ok(String::new())
    }

    /// What `malloc_info(0, stream)` prints.
    fn malloc_info<O: Os>(&mut self, os: &mut O, thread: ThreadId) -> Result<String, Failure> {
        let _ = (os, thread);
        Ok(String::new())
    }

    /// `brk(addr)` of the C library, which remembers the break for its next sbrk: ENOMEM unless it is now `addr` or above.
    fn brk<O: Os>(&mut self, os: &mut O, addr: u64) -> Result<(), Errno> {
        if os.brk(addr) < addr { Err(Errno::ENOMEM) } else { Ok(()) }
    }

    /// `sbrk(increment)` of the C library: the break before, which it asks the kernel for only the first time.
    fn sbrk<O: Os>(&mut self, os: &mut O, increment: i64) -> Result<u64, Errno> {
        let old = os.brk(0);
        let new = old.checked_add_signed(increment).ok_or(Errno::ENOMEM)?;
        self.brk(os, new).map(|()| old)
    }

    /// The process has started this thread (`pthread_create`). The process's first needs no call.
    fn thread_start(&mut self, thread: ThreadId) {
        let _ = thread;
    }

    /// The thread ends: what it cached goes back.
    fn thread_exit<O: Os>(&mut self, os: &mut O, thread: ThreadId) -> Result<(), Failure> {
        let _ = (os, thread);
        Ok(())
    }

    /// After a fork, in the parent (`self`, on the forking thread): unlocks what fork had locked.
    fn fork_parent<O: Os>(&mut self, os: &mut O, thread: ThreadId) -> Result<(), Failure> {
        let _ = (os, thread);
        Ok(())
    }

    /// After a fork, in the child (`self` is the clone): `thread` is its only thread and `renamed` its new number.
    fn fork_child<O: Os>(&mut self, os: &mut O, thread: ThreadId, renamed: ThreadId) -> Result<(), Failure> {
        let _ = (os, thread, renamed);
        Ok(())
    }

    /// The heap as data, read by `peek` without a fault.
    ///
    /// # Errors
    /// What the program, by writing where it should not, made unreadable.
    fn heap_view<P: Peek>(&self, peek: P) -> Result<HeapView, HeapError> {
        let _ = peek;
        Ok(HeapView::default())
    }

    /// What the program asked for and what it cost so far.
    fn usage(&self) -> Usage {
        Usage::default()
    }
}

/// A process's heap in figures, kept at every call; all bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Bytes the program asked for in blocks that live.
    pub live_bytes: u64,
    /// The most that ever was.
    pub peak_live_bytes: u64,
    /// Blocks that live.
    pub live_blocks: u64,
    /// Bytes from the heap's start to the break, as the allocator moved it.
    pub break_bytes: u64,
    /// Bytes in mappings of its own: mapped chunks and heaps' reserved memory left out.
    pub mmapped_bytes: u64,
    /// The most that ever was.
    pub peak_mmapped_bytes: u64,
}
