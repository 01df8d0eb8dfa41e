//! # memtwin-alloc: what is behind malloc
//!
//! malloc implementations in emulated memory: an exact twin of glibc's ptmalloc2, and the textbook's allocators.
//!
//! [`Os`] is what they need of the system, [`Malloc`] what they offer a program. Chunk headers and links live in emulated
//! memory and are reached by loads and stores, so an allocator's own page faults happen where the real one's do; what the
//! real library keeps in its data segment and thread-local storage is plain, `Clone` state here.
//!
//! ```text
//!   a chunk of glibc                          where a request is looked for, in this order
//!
//!    chunk -> +----------------------+        tcache[size]    7 blocks a size and thread, no questions asked
//!             | size of chunk below, |        fastbin[size]   up to 128 bytes, not merged with neighbours
//!             |  while that is free  |        smallbin[size]  up to 1008 bytes, one size each
//!             +----------------------+        unsorted        what was freed lately, looked at once
//!             | size         | A M P |        largebin        the smallest that fits
//!    block -> +----------------------+        top             cut off the end of the heap
//!             | the program's bytes; |        brk             the heap grows by 132 KiB at least
//!             | links, once it is    |        mmap            from 128 KiB on (the border moves)
//!             | free                 |
//!             +----------------------+        free goes back the same way: tcache, fastbin, merged with its
//!                                             neighbours into unsorted or top; a large top lowers the break
//! ```
//!
//! [`MallocKind`] names the mallocs there are; one of your own implements [`Malloc`] and becomes an [`OwnMalloc`].

mod abort;
mod account;
mod api;
#[cfg(test)]
mod flat;
mod glibc;
mod kind;
mod os;
mod own;
#[cfg(test)]
mod property;
mod textbook;
mod view;

pub use abort::{Abort, Assertion};
pub use api::{Failure, Mallinfo2, Malloc, ThreadId, Usage};
pub use glibc::{
    ArenaView, Glibc, GlibcConfig, GlibcConfigError, GlibcVersion, ListView, TunableError, UnmodelledVersion,
};
pub use kind::{AnyMalloc, MallocKind, UnknownMalloc};
pub use os::{
    MADV_DONTNEED, MAP_FIXED, MAP_NORESERVE, MAP_PRIVATE_ANON, MREMAP_MAYMOVE, NearMemory, Os, PAGE_SIZE,
    PROT_NONE, PROT_READ_WRITE,
};
pub use own::OwnMalloc;
pub use textbook::{Bump, Fit, FreeList, FreeListConfig};
pub use view::{Chunk, ChunkState, HeapError, HeapSummary, HeapView, Peek};
