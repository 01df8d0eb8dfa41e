//! `malloc_consolidate`: the chunks of all fastbins are merged with their free neighbours and go to the unsorted bin.

use crate::{Abort, Os};

use super::bins::in_smallbin_range;
use super::call::{Call, Res};
use super::chunk::{BK, BK_NEXTSIZE, FD, FD_NEXTSIZE, PREV_INUSE, chunksize};
use super::fastbin::fastbin;
use super::state::{NFASTBINS, fastbin_index, unsorted_chunks};

impl<O: Os> Call<'_, O> {
    /// `malloc_consolidate`.
    pub(super) fn malloc_consolidate(&mut self, arena: u64) -> Res<()> {
        self.set_have_fastchunks(arena, false)?;
        for index in 0..NFASTBINS {
            let bin = fastbin(arena, index);
            let mut chunk = self.ld(bin)?;
            self.st(bin, 0)?;
            while chunk != 0 {
                self.step()?;
                chunk = self.consolidate_chunk(arena, chunk, index)?;
            }
        }
        Ok(())
    }

    /// Merges one chunk; gives the next one of its fastbin.
    fn consolidate_chunk(&mut self, arena: u64, chunk: u64, index: u64) -> Res<u64> {
        if self.bad_link(chunk) {
            return Err(self.fail(Abort::ConsolidateUnaligned));
        }
        let word = self.size_word(chunk)?;
        if fastbin_index(chunksize(word)) != index {
            return Err(self.fail(Abort::ConsolidateSize));
        }
        let position = chunk.wrapping_add(FD);
        let following = self.link_at(position)?;
        let next = chunk.wrapping_add(chunksize(word));
        let next_size = self.chunksize(next)?;
        let (chunk, size) = self.merge_backward(chunk, word, Abort::ConsolidateFastPrevSize)?;
        if next == self.top(arena)? {
            self.set_head(chunk, size.wrapping_add(next_size) | PREV_INUSE)?;
            self.set_top(arena, chunk)?;
        } else {
            let size = self.merge_forward(size, next, next_size)?;
            self.consolidated_to_unsorted(arena, chunk, size)?;
        }
        Ok(following)
    }

    /// Merges a chunk that is being freed with the free chunk before, if its size word says there is one.
    #[inline]
    pub(super) fn merge_backward(&mut self, chunk: u64, word: u64, mismatch: Abort) -> Res<(u64, u64)> {
        let size = chunksize(word);
        if word & PREV_INUSE != 0 {
            return Ok((chunk, size));
        }
        let prev_size = self.prev_size(chunk)?;
        let chunk = chunk.wrapping_sub(prev_size);
        if self.chunksize(chunk)? != prev_size {
            return Err(self.fail(mismatch));
        }
        self.unlink_chunk(chunk)?;
        Ok((chunk, size.wrapping_add(prev_size)))
    }

    /// Merges a chunk of `size` with the next one if that is free, else tells that one; gives the new size.
    #[inline]
    pub(super) fn merge_forward(&mut self, size: u64, next: u64, next_size: u64) -> Res<u64> {
        if self.inuse_at(next, next_size)? {
            self.change_size(next, PREV_INUSE, 0)?;
            return Ok(size);
        }
        self.unlink_chunk(next)?;
        Ok(size.wrapping_add(next_size))
    }

    /// As free does it, but without its check of the bin.
    fn consolidated_to_unsorted(&mut self, arena: u64, chunk: u64, size: u64) -> Res<()> {
        let unsorted = unsorted_chunks(arena);
        let first = self.ld(unsorted.wrapping_add(FD))?;
        self.st(unsorted.wrapping_add(FD), chunk)?;
        self.st(first.wrapping_add(BK), chunk)?;
        if !in_smallbin_range(size) {
            self.st(chunk.wrapping_add(FD_NEXTSIZE), 0)?;
            self.st(chunk.wrapping_add(BK_NEXTSIZE), 0)?;
        }
        self.set_head(chunk, size | PREV_INUSE)?;
        self.st(chunk.wrapping_add(BK), unsorted)?;
        self.st(chunk.wrapping_add(FD), first)?;
        self.set_foot(chunk, size)
    }
}
