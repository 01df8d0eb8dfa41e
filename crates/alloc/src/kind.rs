//! The mallocs by name, and one of them as a value.

use memtwin_kernel::Errno;
use serde::{Deserialize, Serialize};

use crate::textbook::{Bump, Fit, FreeList, FreeListConfig};
use crate::{
    Failure, Glibc, GlibcConfig, GlibcConfigError, HeapError, HeapView, Mallinfo2, Malloc, NearMemory, Os,
    OwnMalloc, Peek, ThreadId, Usage,
};

/// A malloc to choose. `FromStr` and `Display` use its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum MallocKind {
    /// glibc's ptmalloc2.
    #[default]
    Glibc,
    /// A pointer that goes up.
    Bump,
    /// A free list with boundary tags under a fit, splitting and coalescing.
    FreeList(Fit),
}

/// A name that no malloc has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no malloc is named `{0}` (glibc, bump, first-fit, next-fit, best-fit, worst-fit)")]
pub struct UnknownMalloc(pub String);

impl MallocKind {
    /// Each of them.
    pub const ALL: [Self; 6] = [
        Self::Glibc,
        Self::Bump,
        Self::FreeList(Fit::First),
        Self::FreeList(Fit::Next),
        Self::FreeList(Fit::Best),
        Self::FreeList(Fit::Worst),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Glibc => "glibc",
            Self::Bump => "bump",
            Self::FreeList(Fit::First) => "first-fit",
            Self::FreeList(Fit::Next) => "next-fit",
            Self::FreeList(Fit::Best) => "best-fit",
            Self::FreeList(Fit::Worst) => "worst-fit",
        }
    }

    /// What it is, in a few words.
    pub fn describes(self) -> &'static str {
        match self {
            Self::Glibc => "ptmalloc2, of glibc 2.36 unless machine(glibc=…) says otherwise",
            Self::Bump => "a pointer that goes up; free does nothing",
            Self::FreeList(Fit::First) => "free list with boundary tags, the first block that fits",
            Self::FreeList(Fit::Next) => "the same, searched on from where the last search ended",
            Self::FreeList(Fit::Best) => "the same, the smallest block that fits",
            Self::FreeList(Fit::Worst) => "the same, the largest block",
        }
    }
}

impl std::fmt::Display for MallocKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for MallocKind {
    type Err = UnknownMalloc;

    fn from_str(name: &str) -> Result<Self, UnknownMalloc> {
        let known = Self::ALL.into_iter().find(|kind| kind.name() == name);
        known.ok_or_else(|| UnknownMalloc(name.to_owned()))
    }
}

/// A malloc chosen at run time.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
#[allow(clippy::large_enum_variant)] // one a process
pub enum AnyMalloc {
    /// glibc's.
    Glibc(Glibc),
    /// The bump allocator.
    Bump(Bump),
    /// A free list.
    FreeList(FreeList),
    /// One of somebody's own, which no file can hold.
    #[serde(skip)]
    Own(OwnMalloc),
}

impl AnyMalloc {
    /// A malloc before its first call; the configuration is glibc's alone.
    ///
    /// # Errors
    /// A configuration glibc cannot have.
    pub fn new(kind: MallocKind, config: GlibcConfig) -> Result<Self, GlibcConfigError> {
        Ok(match kind {
            MallocKind::Glibc => Self::Glibc(Glibc::new(config)?),
            MallocKind::Bump => Self::Bump(Bump::new()),
            MallocKind::FreeList(fit) => Self::FreeList(FreeList::new(FreeListConfig::new(fit))),
        })
    }

    /// glibc's, if it is that one: for its views.
    pub fn as_glibc(&self) -> Option<&Glibc> {
        if let Self::Glibc(glibc) = self { Some(glibc) } else { None }
    }
}

macro_rules! forward {
    ($self:ident, $malloc:ident => $call:expr) => {
        match $self {
            AnyMalloc::Glibc($malloc) => $call,
            AnyMalloc::Bump($malloc) => $call,
            AnyMalloc::FreeList($malloc) => $call,
            AnyMalloc::Own($malloc) => $call,
        }
    };
}

impl Malloc for AnyMalloc {
    #[inline]
    fn malloc_near<N: NearMemory>(&mut self, memory: &mut N, thread: ThreadId, size: u64) -> Option<u64> {
        forward!(self, m => m.malloc_near(memory, thread, size))
    }

    #[inline]
    fn free_near<N: NearMemory>(&mut self, memory: &mut N, thread: ThreadId, addr: u64) -> Option<()> {
        forward!(self, m => m.free_near(memory, thread, addr))
    }

    #[inline]
    fn malloc<O: Os>(&mut self, os: &mut O, thread: ThreadId, size: u64) -> Result<u64, Failure> {
        forward!(self, m => m.malloc(os, thread, size))
    }

    fn calloc<O: Os>(&mut self, os: &mut O, thread: ThreadId, count: u64, size: u64) -> Result<u64, Failure> {
        forward!(self, m => m.calloc(os, thread, count, size))
    }

    fn realloc<O: Os>(&mut self, os: &mut O, thread: ThreadId, addr: u64, size: u64) -> Result<u64, Failure> {
        forward!(self, m => m.realloc(os, thread, addr, size))
    }

    #[inline]
    fn free<O: Os>(&mut self, os: &mut O, thread: ThreadId, addr: u64) -> Result<(), Failure> {
        forward!(self, m => m.free(os, thread, addr))
    }

    fn memalign<O: Os>(
        &mut self,
        os: &mut O,
        thread: ThreadId,
        align: u64,
        size: u64,
    ) -> Result<u64, Failure> {
        forward!(self, m => m.memalign(os, thread, align, size))
    }

    fn aligned_alloc<O: Os>(
        &mut self,
        os: &mut O,
        thread: ThreadId,
        align: u64,
        size: u64,
    ) -> Result<u64, Failure> {
        forward!(self, m => m.aligned_alloc(os, thread, align, size))
    }

    fn malloc_trim<O: Os>(&mut self, os: &mut O, thread: ThreadId, pad: u64) -> Result<i32, Failure> {
        forward!(self, m => m.malloc_trim(os, thread, pad))
    }

    fn malloc_usable_size<O: Os>(&mut self, os: &mut O, thread: ThreadId, addr: u64) -> Result<u64, Failure> {
        forward!(self, m => m.malloc_usable_size(os, thread, addr))
    }

    fn mallopt<O: Os>(
        &mut self,
        os: &mut O,
        thread: ThreadId,
        param: i32,
        value: i32,
    ) -> Result<i32, Failure> {
        forward!(self, m => m.mallopt(os, thread, param, value))
    }

    fn mallinfo2<O: Os>(&mut self, os: &mut O, thread: ThreadId) -> Result<Mallinfo2, Failure> {
        forward!(self, m => m.mallinfo2(os, thread))
    }

    fn malloc_stats<O: Os>(&mut self, os: &mut O, thread: ThreadId) -> Result<String, Failure> {
        forward!(self, m => m.malloc_stats(os, thread))
    }

    fn malloc_info<O: Os>(&mut self, os: &mut O, thread: ThreadId) -> Result<String, Failure> {
        forward!(self, m => m.malloc_info(os, thread))
    }

    fn brk<O: Os>(&mut self, os: &mut O, addr: u64) -> Result<(), Errno> {
        forward!(self, m => m.brk(os, addr))
    }

    fn sbrk<O: Os>(&mut self, os: &mut O, increment: i64) -> Result<u64, Errno> {
        forward!(self, m => m.sbrk(os, increment))
    }

    fn thread_start(&mut self, thread: ThreadId) {
        forward!(self, m => m.thread_start(thread));
    }

    fn thread_exit<O: Os>(&mut self, os: &mut O, thread: ThreadId) -> Result<(), Failure> {
        forward!(self, m => m.thread_exit(os, thread))
    }

    fn fork_parent<O: Os>(&mut self, os: &mut O, thread: ThreadId) -> Result<(), Failure> {
        forward!(self, m => m.fork_parent(os, thread))
    }

    fn fork_child<O: Os>(&mut self, os: &mut O, thread: ThreadId, renamed: ThreadId) -> Result<(), Failure> {
        forward!(self, m => m.fork_child(os, thread, renamed))
    }

    fn heap_view<P: Peek>(&self, peek: P) -> Result<HeapView, HeapError> {
        forward!(self, m => m.heap_view(peek))
    }

    fn usage(&self) -> Usage {
        forward!(self, m => m.usage())
    }
}
