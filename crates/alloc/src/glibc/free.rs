//! `_int_free`: where a freed chunk goes: tcache, fastbin, merged into the unsorted bin or the top, or back to the system.

use crate::abort::Assertion;
use crate::{Abort, Os};

use super::bins::{in_smallbin_range, smallbin_index};
use super::call::{Call, Res};
use super::chunk::{
    BK, CHUNK_HDR_SZ, FD, IS_MMAPPED, MALLOC_ALIGN_MASK, MINSIZE, PREV_INUSE, chunk2mem, chunksize,
    misaligned,
};
use super::heap::heap_for_ptr;
use super::state::{MAIN_ARENA, bin_at};

/// `FASTBIN_CONSOLIDATION_THRESHOLD`: a free chunk this large makes free look at the fastbins and the top.
const FASTBIN_CONSOLIDATION_THRESHOLD: u64 = 64 << 10;

impl<O: Os> Call<'_, O> {
    /// `_int_free`.
    pub(super) fn int_free(&mut self, arena: u64, chunk: u64, have_lock: bool) -> Res<()> {
        let word = self.size_word(chunk)?;
        self.int_free_sized(arena, chunk, word, have_lock)
    }

    /// `_int_free`, given the chunk's size word.
    #[inline(always)]
    pub(super) fn int_free_sized(&mut self, arena: u64, chunk: u64, word: u64, have_lock: bool) -> Res<()> {
        let size = chunksize(word);
        if chunk > size.wrapping_neg() || misaligned(chunk) {
            return Err(self.fail(Abort::FreePointer));
        }
        if size < MINSIZE || size & MALLOC_ALIGN_MASK != 0 {
            return Err(self.fail(Abort::FreeSize));
        }
        if self.free_to_tcache(chunk, size)? {
            return Ok(());
        }
        self.free_to_arena(arena, chunk, word, have_lock)
    }

    #[inline(never)]
    fn free_to_arena(&mut self, arena: u64, chunk: u64, word: u64, have_lock: bool) -> Res<()> {
        if chunksize(word) <= self.lib.par.max_fast {
            self.free_fast(arena, chunk, chunksize(word), have_lock)
        } else if word & IS_MMAPPED != 0 {
            self.munmap_chunk(chunk)
        } else {
            self.free_merging(arena, chunk, word)
        }
    }

    /// `_int_free_merge_chunk`.
    pub(super) fn free_merging(&mut self, arena: u64, chunk: u64, word: u64) -> Res<()> {
        let size = chunksize(word);
        let next = chunk.wrapping_add(size);
        let next_size = self.check_next(arena, chunk, next)?;
        self.free_perturb(chunk2mem(chunk), size - CHUNK_HDR_SZ)?;
        let (chunk, size) = self.merge_backward(chunk, word, Abort::ConsolidatePrevSize)?;
        let size = self.create_free_chunk(arena, chunk, size, (next, next_size))?;
        self.maybe_trim(arena, size)
    }

    /// `_int_free_create_chunk`: the chunk of `size` bytes is free, or with the free one or the top behind it; gives its size.
    pub(super) fn create_free_chunk(
        &mut self,
        arena: u64,
        chunk: u64,
        size: u64,
        (next, next_size): (u64, u64),
    ) -> Res<u64> {
        if next == self.top(arena)? {
            let size = size.wrapping_add(next_size);
            self.set_head(chunk, size | PREV_INUSE)?;
            self.set_top(arena, chunk)?;
            return Ok(size);
        }
        let size = self.merge_forward(size, next, next_size)?;
        if self.lib.rules.frees_to_small_bins && in_smallbin_range(size) {
            self.link_small(arena, chunk, size)?;
        } else {
            self.link_unsorted(arena, chunk, size, Abort::FreeUnsorted)?;
        }
        self.set_head(chunk, size | PREV_INUSE)?;
        self.set_foot(chunk, size)?;
        Ok(size)
    }

    /// Puts a chunk first in its small bin, whose links are checked.
    fn link_small(&mut self, arena: u64, chunk: u64, size: u64) -> Res<()> {
        let index = smallbin_index(size);
        let bin = bin_at(arena, index);
        let first = self.ld(bin.wrapping_add(FD))?;
        if self.ld(first.wrapping_add(BK))? != bin {
            return Err(self.fail(Abort::FreeSmall));
        }
        self.link_between(arena, index, chunk, bin, first)
    }

    /// `_int_free_maybe_consolidate`.
    pub(super) fn maybe_trim(&mut self, arena: u64, size: u64) -> Res<()> {
        if size >= FASTBIN_CONSOLIDATION_THRESHOLD { self.trim_after_free(arena) } else { Ok(()) }
    }

    /// Does the next chunk look as one behind a chunk in use does? Gives its size.
    #[inline]
    fn check_next(&mut self, arena: u64, chunk: u64, next: u64) -> Res<u64> {
        let top = self.top(arena)?;
        if chunk == top {
            return Err(self.fail(Abort::FreeTop));
        }
        if self.contiguous(arena)? && next >= top.wrapping_add(self.chunksize(top)?) {
            return Err(self.fail(Abort::FreeOut));
        }
        let next_word = self.size_word(next)?;
        if next_word & PREV_INUSE == 0 {
            return Err(self.fail(Abort::FreePrev));
        }
        if next_word <= CHUNK_HDR_SZ || chunksize(next_word) >= self.system_mem(arena)? {
            return Err(self.fail(Abort::FreeNextSize));
        }
        Ok(chunksize(next_word))
    }

    /// After a large chunk: merge the fastbins' chunks, then give back what the top has too much.
    #[cold]
    fn trim_after_free(&mut self, arena: u64) -> Res<()> {
        if self.have_fastchunks(arena)? {
            self.malloc_consolidate(arena)?;
        }
        if arena == MAIN_ARENA {
            let top = self.top(arena)?;
            if self.chunksize(top)? >= self.lib.par.trim_threshold {
                self.systrim(self.lib.par.top_pad)?;
            }
            return Ok(());
        }
        let heap = heap_for_ptr(self.top(arena)?);
        if self.ld(heap)? != arena {
            return Err(self.fail(Assertion::HeapArena));
        }
        self.heap_trim(heap, self.lib.par.top_pad)
    }
}
