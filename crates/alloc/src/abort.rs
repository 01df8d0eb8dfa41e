//! glibc's integrity checks: what `malloc_printerr` and malloc's assertions print before they abort.

use serde::{Deserialize, Serialize};

mod assertion;

pub use assertion::Assertion;

/// A failed check; its `Display` is the line that glibc 2.36 writes to stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Abort {
    /// free: the block is misaligned or wraps around the address space.
    #[error("free(): invalid pointer")]
    FreePointer,
    /// free: the chunk's size is below the minimum or no multiple of the alignment.
    #[error("free(): invalid size")]
    FreeSize,
    /// free: a list of the tcache is longer than it may be.
    #[error("free(): too many chunks detected in tcache")]
    TcacheTooMany,
    /// free: a list of the tcache leads to a misaligned block.
    #[error("free(): unaligned chunk detected in tcache 2")]
    TcacheUnalignedFree,
    /// free: the block is in the tcache already.
    #[error("free(): double free detected in tcache 2")]
    TcacheDoubleFree,
    /// free: the chunk after a fastbin chunk has no plausible size.
    #[error("free(): invalid next size (fast)")]
    FreeNextSizeFast,
    /// free: the chunk heads its fastbin already.
    #[error("double free or corruption (fasttop)")]
    FastTop,
    /// free: the chunk that headed the fastbin is of another size.
    #[error("invalid fastbin entry (free)")]
    FastEntry,
    /// free: the chunk is the arena's top.
    #[error("double free or corruption (top)")]
    FreeTop,
    /// free: the chunk ends beyond the arena's top.
    #[error("double free or corruption (out)")]
    FreeOut,
    /// free: the next chunk says that this one is free.
    #[error("double free or corruption (!prev)")]
    FreePrev,
    /// free: the next chunk has no plausible size.
    #[error("free(): invalid next size (normal)")]
    FreeNextSize,
    /// free: the free chunk before is not of the size noted behind it.
    #[error("corrupted size vs. prev_size while consolidating")]
    ConsolidatePrevSize,
    /// free: the unsorted bin's first chunk does not point back.
    #[error("free(): corrupted unsorted chunks")]
    FreeUnsorted,
    /// free: the small bin's first chunk does not point back (2.41).
    #[error("free(): chunks in smallbin corrupted")]
    FreeSmall,
    /// unlink: the size noted behind the chunk is another.
    #[error("corrupted size vs. prev_size")]
    UnlinkPrevSize,
    /// unlink: the neighbours do not point back.
    #[error("corrupted double-linked list")]
    UnlinkList,
    /// unlink: the neighbours in the list of sizes do not point back.
    #[error("corrupted double-linked list (not small)")]
    UnlinkSizeList,
    /// consolidation: a fastbin leads to a misaligned chunk.
    #[error("malloc_consolidate(): unaligned fastbin chunk detected")]
    ConsolidateUnaligned,
    /// consolidation: a fastbin holds a chunk of another size.
    #[error("malloc_consolidate(): invalid chunk size")]
    ConsolidateSize,
    /// consolidation: as [`Abort::ConsolidatePrevSize`].
    #[error("corrupted size vs. prev_size in fastbins")]
    ConsolidateFastPrevSize,
    /// malloc: the tcache holds a misaligned block.
    #[error("malloc(): unaligned tcache chunk detected")]
    TcacheUnaligned,
    /// malloc: a fastbin's second chunk is misaligned (with threads).
    #[error("malloc(): unaligned fastbin chunk detected")]
    FastUnaligned,
    /// malloc: a fastbin's first chunk is misaligned.
    #[error("malloc(): unaligned fastbin chunk detected 2")]
    FastUnalignedFirst,
    /// malloc: a fastbin chunk on its way to the tcache is misaligned.
    #[error("malloc(): unaligned fastbin chunk detected 3")]
    FastUnalignedStash,
    /// malloc: a fastbin holds a chunk of another size.
    #[error("malloc(): memory corruption (fast)")]
    FastSize,
    /// malloc: a small bin's last chunk is not pointed to by the one before.
    #[error("malloc(): smallbin double linked list corrupted")]
    SmallList,
    /// malloc: a chunk in the unsorted bin has no plausible size.
    #[error("malloc(): invalid size (unsorted)")]
    UnsortedSize,
    /// malloc: the chunk after one in the unsorted bin has no plausible size.
    #[error("malloc(): invalid next size (unsorted)")]
    UnsortedNextSize,
    /// malloc: the size noted behind a chunk in the unsorted bin is another.
    #[error("malloc(): mismatching next->prev_size (unsorted)")]
    UnsortedPrevSize,
    /// malloc: the unsorted bin's links do not match.
    #[error("malloc(): unsorted double linked list corrupted")]
    UnsortedList,
    /// malloc: the chunk after one in the unsorted bin says it is in use.
    #[error("malloc(): invalid next->prev_inuse (unsorted)")]
    UnsortedPrevInuse,
    /// malloc: a large bin's list of sizes does not match.
    #[error("malloc(): largebin double linked list corrupted (nextsize)")]
    LargeSizeList,
    /// malloc: a large bin's list does not match.
    #[error("malloc(): largebin double linked list corrupted (bk)")]
    LargeList,
    /// malloc: the unsorted bin's first chunk does not point back (split of a large chunk).
    #[error("malloc(): corrupted unsorted chunks")]
    SplitUnsorted,
    /// malloc: the same (split of the next larger bin's chunk).
    #[error("malloc(): corrupted unsorted chunks 2")]
    SplitUnsortedNext,
    /// malloc: top is larger than all the arena ever had.
    #[error("malloc(): corrupted top size")]
    TopSize,
    /// sysmalloc: the break is below the arena's end.
    #[error("break adjusted to free malloc space")]
    BreakAdjusted,
    /// realloc: the block is misaligned or wraps around the address space.
    #[error("realloc(): invalid pointer")]
    ReallocPointer,
    /// realloc: the chunk has no plausible size.
    #[error("realloc(): invalid old size")]
    ReallocOldSize,
    /// realloc: the next chunk has no plausible size.
    #[error("realloc(): invalid next size")]
    ReallocNextSize,
    /// free: a mapped chunk does not fill whole pages.
    #[error("munmap_chunk(): invalid pointer")]
    MunmapPointer,
    /// realloc: a mapped chunk does not fill whole pages.
    #[error("mremap_chunk(): invalid pointer")]
    MremapPointer,
    /// mallinfo: a fastbin leads to a misaligned chunk.
    #[error("int_mallinfo(): unaligned fastbin chunk detected")]
    MallinfoUnaligned,
    /// malloc_info: the same.
    #[error("__malloc_info(): unaligned fastbin chunk detected")]
    MallocInfoUnaligned,
    /// thread exit: the tcache holds a misaligned block.
    #[error("tcache_thread_shutdown(): unaligned tcache chunk detected")]
    ShutdownUnaligned,
    /// One of malloc's assertions.
    #[error("Fatal glibc error: malloc assertion failure in {0}")]
    Assertion(Assertion),
}

impl From<Assertion> for Abort {
    fn from(assertion: Assertion) -> Self {
        Self::Assertion(assertion)
    }
}
