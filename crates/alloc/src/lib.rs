//! malloc implementations in emulated memory: an exact twin of glibc's ptmalloc2, and the textbook's allocators.
//!
//! [`Os`] is what they need of the system, [`Malloc`] what they offer a program. Chunk headers and links live in emulated
//! memory and are reached by loads and stores, so an allocator's own page faults happen where the real one's do; what the
//! real library keeps in its data segment and thread-local storage is plain, `Clone` state here.

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
    MADV_DONTNEED, MAP_FIXED, MAP_NORESERVE, MAP_PRIVATE_ANON, MREMAP_MAYMOVE, Os, PAGE_SIZE, PROT_NONE,
    PROT_READ_WRITE,
};
pub use own::OwnMalloc;
pub use textbook::{Bump, Fit, FreeList, FreeListConfig};
pub use view::{Chunk, ChunkState, HeapError, HeapSummary, HeapView, Peek};
