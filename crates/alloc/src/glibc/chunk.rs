//! Chunks (`struct malloc_chunk`): a size word with three flags before each block, links in the block while it is free.
//!
//! The word before the size word belongs to the chunk before unless that one is free; then it is its size once more.

/// `SIZE_SZ`: bytes of a size word, and the overhead of a chunk in use.
pub(super) const SIZE_SZ: u64 = 8;
/// `CHUNK_HDR_SZ`: from a chunk's address to its block's.
pub(super) const CHUNK_HDR_SZ: u64 = 16;
/// `MALLOC_ALIGNMENT`.
pub(super) const MALLOC_ALIGNMENT: u64 = 16;
/// `MALLOC_ALIGN_MASK`.
pub(super) const MALLOC_ALIGN_MASK: u64 = MALLOC_ALIGNMENT - 1;
/// `MINSIZE`: the smallest chunk: header and two links.
pub(super) const MINSIZE: u64 = 32;
/// `sizeof (struct malloc_chunk)`: a free large chunk's header and four links.
pub(super) const CHUNK_STRUCT_SZ: u64 = 48;

/// The chunk before is in use.
pub(super) const PREV_INUSE: u64 = 1;
/// The chunk is a mapping of its own.
pub(super) const IS_MMAPPED: u64 = 2;
/// The chunk belongs to another arena than the main one.
pub(super) const NON_MAIN_ARENA: u64 = 4;
/// `SIZE_BITS`: all flags.
pub(super) const SIZE_BITS: u64 = 7;

/// Offset of `mchunk_size` in a chunk.
pub(super) const SIZE: u64 = 8;
/// Offset of `fd`.
pub(super) const FD: u64 = 16;
/// Offset of `bk`.
pub(super) const BK: u64 = 24;
/// Offset of `fd_nextsize`.
pub(super) const FD_NEXTSIZE: u64 = 32;
/// Offset of `bk_nextsize`.
pub(super) const BK_NEXTSIZE: u64 = 40;

/// `checked_request2size`: the size of the chunk that holds `bytes`, `None` above PTRDIFF_MAX.
#[inline]
pub(super) fn request2size(bytes: u64) -> Option<u64> {
    if bytes > i64::MAX as u64 {
        return None;
    }
    Some(((bytes + SIZE_SZ + MALLOC_ALIGN_MASK) & !MALLOC_ALIGN_MASK).max(MINSIZE))
}

/// `chunksize` of a size word.
#[inline]
pub(super) fn chunksize(word: u64) -> u64 {
    word & !SIZE_BITS
}

/// `chunk2mem`.
#[inline]
pub(super) fn chunk2mem(p: u64) -> u64 {
    p.wrapping_add(CHUNK_HDR_SZ)
}

/// `mem2chunk`.
#[inline]
pub(super) fn mem2chunk(mem: u64) -> u64 {
    mem.wrapping_sub(CHUNK_HDR_SZ)
}

/// `misaligned_chunk`, and the contrary of `aligned_OK`.
#[inline]
pub(super) fn misaligned(address: u64) -> bool {
    address & MALLOC_ALIGN_MASK != 0
}

/// `ALIGN_UP`, wrapping as C does.
#[inline]
pub(super) fn align_up(value: u64, unit: u64) -> u64 {
    value.wrapping_add(unit - 1) & unit.wrapping_neg()
}

/// `ALIGN_DOWN`.
#[inline]
pub(super) fn align_down(value: u64, unit: u64) -> u64 {
    value & unit.wrapping_neg()
}

/// `PROTECT_PTR` and, as it is its own inverse, `REVEAL_PTR`: a single link's value, masked with the place it is stored at.
#[inline]
pub(super) fn protect_ptr(position: u64, link: u64) -> u64 {
    (position >> 12) ^ link
}
