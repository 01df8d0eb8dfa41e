//! An arena's state (`struct malloc_state`), in the real layout: 0x898 bytes at the start of an arena's first heap.
//!
//! The main arena's stands in libc's data segment, which is not emulated: it is kept beside, and reached under addresses
//! outside user space, so that the links of bins and chunks are plain words everywhere.

use super::chunk::{BK, FD};
use serde::{Deserialize, Serialize};
use serde_big_array::BigArray;

/// Where the main arena seems to be.
pub(super) const MAIN_ARENA: u64 = 0xffff_8000_0000_0000;
/// `sizeof (struct malloc_state)`.
pub(super) const ARENA_BYTES: u64 = 0x898;
/// No arena (a null `mstate`).
pub(super) const NO_ARENA: u64 = 0;

/// Offset of `mutex`, an int.
pub(super) const MUTEX: u64 = 0;
/// Offset of `flags`, an int.
pub(super) const FLAGS: u64 = 4;
/// Offset of `have_fastchunks`, an int.
pub(super) const HAVE_FASTCHUNKS: u64 = 8;
/// Offset of `fastbinsY`.
pub(super) const FASTBINS: u64 = 0x10;
/// Offset of `top`.
pub(super) const TOP: u64 = 0x60;
/// Offset of `last_remainder`.
pub(super) const LAST_REMAINDER: u64 = 0x68;
/// Offset of `bins`.
const BINS: u64 = 0x70;
/// Offset of `binmap`, four ints.
pub(super) const BINMAP: u64 = 0x860;
/// Offset of `next`, the list of all arenas.
pub(super) const NEXT: u64 = 0x870;
/// Offset of `next_free`, the list of arenas without a thread.
pub(super) const NEXT_FREE: u64 = 0x878;
/// Offset of `attached_threads`.
pub(super) const ATTACHED_THREADS: u64 = 0x880;
/// Offset of `system_mem`.
pub(super) const SYSTEM_MEM: u64 = 0x888;
/// Offset of `max_system_mem`.
pub(super) const MAX_SYSTEM_MEM: u64 = 0x890;

/// `NONCONTIGUOUS_BIT` of `flags`.
pub(super) const NONCONTIGUOUS: u32 = 2;
/// `NFASTBINS`.
pub(super) const NFASTBINS: u64 = 10;
/// `NBINS`.
pub(super) const NBINS: u64 = 128;

/// `bin_at`: the head of a bin as if it were a chunk, so that its `fd` and `bk` are the bin's first and last.
#[inline]
pub(super) fn bin_at(arena: u64, index: u64) -> u64 {
    arena + BINS + (index - 1) * 16 - FD
}

/// `unsorted_chunks`: bin 1.
#[inline]
pub(super) fn unsorted_chunks(arena: u64) -> u64 {
    bin_at(arena, 1)
}

/// `initial_top`: the unsorted bin's head, whose size word (`last_remainder`) is 0 at first.
#[inline]
pub(super) fn initial_top(arena: u64) -> u64 {
    unsorted_chunks(arena)
}

/// `fastbin_index` of a chunk's size, as an `unsigned int`.
#[inline]
pub(super) fn fastbin_index(size: u64) -> u64 {
    u64::from(((size as u32) >> 4).wrapping_sub(2))
}

/// The main arena's words.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct MainArena {
    words: Box<Words>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Words(#[serde(with = "BigArray")] [u64; ARENA_BYTES as usize / 8]);

impl MainArena {
    /// As libc's data segment has it before the first call, and `malloc_init_state` done.
    pub(super) fn new() -> Self {
        let mut arena = Self { words: Box::new(Words([0; ARENA_BYTES as usize / 8])) };
        for index in 1..NBINS {
            let bin = bin_at(MAIN_ARENA, index);
            arena.set_word(bin + FD - MAIN_ARENA, bin);
            arena.set_word(bin + BK - MAIN_ARENA, bin);
        }
        arena.set_word(TOP, initial_top(MAIN_ARENA));
        arena.set_word(NEXT, MAIN_ARENA);
        arena.set_word(ATTACHED_THREADS, 1);
        arena
    }

    /// The offset in the arena of an address, if it is in there.
    #[inline]
    pub(super) fn offset(address: u64) -> Option<u64> {
        let offset = address.wrapping_sub(MAIN_ARENA);
        (offset < ARENA_BYTES).then_some(offset)
    }

    /// The word at an offset below [`ARENA_BYTES`].
    #[inline]
    pub(super) fn word(&self, offset: u64) -> u64 {
        self.words.0[(offset / 8) as usize]
    }

    /// Sets the word at an offset below [`ARENA_BYTES`].
    #[inline]
    pub(super) fn set_word(&mut self, offset: u64, value: u64) {
        self.words.0[(offset / 8) as usize] = value;
    }

    /// The int at an offset below [`ARENA_BYTES`].
    #[inline]
    pub(super) fn int(&self, offset: u64) -> u32 {
        (self.word(offset) >> (offset % 8 * 8)) as u32
    }

    /// Sets the int at an offset below [`ARENA_BYTES`].
    #[inline]
    pub(super) fn set_int(&mut self, offset: u64, value: u32) {
        let shift = offset % 8 * 8;
        let rest = self.word(offset) & !(0xffff_ffff << shift);
        self.set_word(offset, rest | u64::from(value) << shift);
    }
}
