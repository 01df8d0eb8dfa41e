//! The assertions of glibc's malloc that a program can make fail; its `Display` is `function: expression`.

use serde::{Deserialize, Serialize};

/// Where an assertion stands and what it asserts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Assertion {
    /// The old top is the initial one or ends on a page.
    #[error(
        "sysmalloc: (old_top == initial_top (av) && old_size == 0) || ((unsigned long) (old_size) >= MINSIZE && \
         prev_inuse (old_top) && ((unsigned long) old_end & (pagesize - 1)) == 0)"
    )]
    OldTop,
    /// The old top was too small for the request.
    #[error("sysmalloc: (unsigned long) (old_size) < (unsigned long) (nb + MINSIZE)")]
    OldTopTooLarge,
    /// The second sbrk's argument.
    #[error("sysmalloc: correction >= 0")]
    Correction,
    /// What sbrk or mmap gave is aligned.
    #[error("sysmalloc: ((unsigned long) chunk2mem (brk) & MALLOC_ALIGN_MASK) == 0")]
    BreakAligned,
    /// The smallest chunk of a large bin is the main arena's.
    #[error("_int_malloc: chunk_main_arena (bck->bk)")]
    SmallestMain,
    /// The chunks of a large bin are the main arena's.
    #[error("_int_malloc: chunk_main_arena (fwd)")]
    LargerMain,
    /// The bin map has a bit for each bin that holds chunks.
    #[error("_int_malloc: bit != 0")]
    BinmapBit,
    /// The bin's chunks are large enough.
    #[error("_int_malloc: (unsigned long) (size) >= (unsigned long) (nb)")]
    BinSize,
    /// The block is the main arena's (malloc).
    #[error(
        "__libc_malloc: !victim || chunk_is_mmapped (mem2chunk (victim)) || &main_arena == arena_for_chunk (mem2chunk \
         (victim))"
    )]
    MallocMain,
    /// The block is the arena's (malloc).
    #[error(
        "__libc_malloc: !victim || chunk_is_mmapped (mem2chunk (victim)) || ar_ptr == arena_for_chunk (mem2chunk \
         (victim))"
    )]
    MallocArena,
    /// The block is the main arena's (memalign).
    #[error(
        "_mid_memalign: !p || chunk_is_mmapped (mem2chunk (p)) || &main_arena == arena_for_chunk (mem2chunk (p))"
    )]
    MemalignMain,
    /// The block is the arena's (memalign).
    #[error(
        "_mid_memalign: !p || chunk_is_mmapped (mem2chunk (p)) || ar_ptr == arena_for_chunk (mem2chunk (p))"
    )]
    MemalignArena,
    /// The aligned chunk is large enough and aligned.
    #[error("_int_memalign: newsize >= nb && (((unsigned long) (chunk2mem (p))) % alignment) == 0")]
    MemalignSize,
    /// The block is the arena's (calloc).
    #[error(
        "__libc_calloc: !mem || chunk_is_mmapped (mem2chunk (mem)) || av == arena_for_chunk (mem2chunk (mem))"
    )]
    CallocArena,
    /// The block has at least three words.
    #[error("__libc_calloc: nclears >= 3")]
    CallocWords,
    /// The block is the arena's (realloc).
    #[error(
        "__libc_realloc: !newp || chunk_is_mmapped (mem2chunk (newp)) || ar_ptr == arena_for_chunk (mem2chunk (newp))"
    )]
    ReallocArena,
    /// The chunk is not a mapping.
    #[error("_int_realloc: !chunk_is_mmapped (oldp)")]
    ReallocMapped,
    /// The chunk is large enough.
    #[error("_int_realloc: (unsigned long) (newsize) >= (unsigned long) (nb)")]
    ReallocSize,
    /// The moved mapping is aligned.
    #[error("mremap_chunk: aligned_OK (chunk2mem (p))")]
    MremapAligned,
    /// The moved mapping has its offset.
    #[error("mremap_chunk: prev_size (p) == offset")]
    MremapOffset,
    /// The chunk is a mapping (free).
    #[error("munmap_chunk: chunk_is_mmapped (p)")]
    MunmapMapped,
    /// The heap belongs to the arena.
    #[error("_int_free: heap->ar_ptr == av")]
    HeapArena,
    /// There is a fencepost where the heap before ends.
    #[error("heap_trim: chunksize_nomask (p) == (0 | PREV_INUSE)")]
    TrimFencepost,
    /// What the fencepost leaves is small.
    #[error("heap_trim: new_size > 0 && new_size < (long) (2 * MINSIZE)")]
    TrimFencepostSize,
    /// The new top fits a heap.
    #[error("heap_trim: new_size > 0 && new_size < max_size")]
    TrimNewSize,
    /// The new top ends on a page.
    #[error("heap_trim: ((unsigned long) ((char *) p + new_size) & (heap->pagesize - 1)) == 0")]
    TrimPage,
    /// The new top ends where the heap does.
    #[error("heap_trim: ((char *) p + new_size) == ((char *) heap + heap->size)")]
    TrimHeapEnd,
    /// The pages to give back are behind the chunk's links.
    #[error("mtrim: (char *) chunk2mem (p) + 2 * CHUNK_HDR_SZ <= paligned_mem")]
    MtrimStart,
    /// The pages to give back start within the chunk.
    #[error("mtrim: (char *) p + size > paligned_mem")]
    MtrimEnd,
    /// An arena that is left had a thread.
    #[error("detach_arena: replaced_arena->attached_threads > 0")]
    DetachThreads,
    /// An arena on the free list has no thread.
    #[error("get_free_list: result->attached_threads == 0")]
    FreeListThreads,
    /// The same, where one is taken from the list's middle.
    #[error("remove_from_free_list: p->attached_threads == 0")]
    RemoveThreads,
    /// The arena of a thread that ends has a thread.
    #[error("__malloc_arena_thread_freeres: a->attached_threads > 0")]
    ExitThreads,
}
