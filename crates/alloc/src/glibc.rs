//! glibc's malloc, ptmalloc2 as of 2.36 and, where [`GlibcVersion`] says so, other releases (malloc/malloc.c, malloc/arena.c).
//!
//! A [`Glibc`] is what the library keeps in its data segment and thread-local storage: the main arena, `mp_`, who uses
//! which arena and tcache. Everything else (chunk headers, links, tcaches, the other arenas and their heaps' headers) is
//! in emulated memory. A call borrows both as a [`Call`](call::Call); each step of it has a file here.
//!
//! Left out: memory tagging, malloc hooks and the debugging library (libc_malloc_debug), and what two threads do at once:
//! calls run one after another, so a lock is never found taken.

mod arena;
mod bestfit;
mod bins;
mod call;
mod calloc;
mod calls;
mod chunk;
mod config;
mod consolidate;
mod entry;
mod fastbin;
mod free;
mod heap;
mod heap_trim;
mod info;
mod large;
mod libc;
#[cfg(test)]
mod life_tests;
mod mallinfo;
mod malloc;
mod mallopt;
mod mapped;
mod memalign;
mod morecore;
mod mtrim;
mod realloc;
mod rules;
mod smallbin;
mod state;
mod stats;
mod sysmalloc;
mod systrim;
mod tcache;
mod tcache_near;
#[cfg(test)]
mod tests;
mod thread;
mod tunables;
mod unsorted;
mod version;
mod view;

pub use config::GlibcConfig;
pub use libc::{Glibc, GlibcConfigError};
pub use tunables::TunableError;
pub use version::{GlibcVersion, UnmodelledVersion};
pub use view::{ArenaView, ListView};
