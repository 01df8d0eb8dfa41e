//! `memalign` and its kin: a chunk with room to spare, cut to the aligned part.

use crate::Os;
use crate::abort::Assertion;

use super::call::{Call, Res, arena_flag};
use super::chunk::{
    CHUNK_HDR_SZ, IS_MMAPPED, MALLOC_ALIGNMENT, MINSIZE, PREV_INUSE, chunk2mem, chunksize, mem2chunk,
    request2size,
};
use super::state::{MAIN_ARENA, NO_ARENA};
use super::tcache::csize2tidx;

/// The largest alignment, `SIZE_MAX / 2 + 1`.
const MAX_ALIGNMENT: u64 = 1 << 63;

impl<O: Os> Call<'_, O> {
    /// `_mid_memalign`, with an alignment of at most [`MAX_ALIGNMENT`]; one that is no power of two is rounded up.
    pub(super) fn mid_memalign(&mut self, alignment: u64, bytes: u64) -> Res<u64> {
        if alignment <= MALLOC_ALIGNMENT {
            return self.libc_malloc(bytes);
        }
        let alignment = alignment.max(MINSIZE).next_power_of_two();
        if self.lib.rules.strict_aligned_alloc {
            let Some(nb) = request2size(bytes) else { return Ok(0) };
            let tcache = self.tls().tcache;
            if let Some(mem) = self.tcache_take_aligned(tcache, csize2tidx(nb), alignment)? {
                return Ok(mem);
            }
        }
        if self.lib.single_thread {
            let mem = self.int_memalign(MAIN_ARENA, alignment, bytes)?;
            self.assert_arena(mem, MAIN_ARENA, Assertion::MemalignMain)?;
            return Ok(mem);
        }
        let mut arena = self.arena_get(bytes.wrapping_add(alignment).wrapping_add(MINSIZE))?;
        let mut mem = self.int_memalign(arena, alignment, bytes)?;
        if mem == 0 && arena != NO_ARENA {
            arena = self.arena_get_retry(arena, bytes)?;
            mem = self.int_memalign(arena, alignment, bytes)?;
        }
        self.assert_arena(mem, arena, Assertion::MemalignArena)?;
        Ok(mem)
    }

    /// May `memalign` take this alignment? If not, errno is EINVAL.
    pub(super) fn valid_alignment(alignment: u64) -> bool {
        alignment <= MAX_ALIGNMENT
    }

    /// `_int_memalign`.
    fn int_memalign(&mut self, arena: u64, alignment: u64, bytes: u64) -> Res<u64> {
        let Some(nb) = request2size(bytes) else { return Ok(0) };
        let room = nb.saturating_add(alignment).saturating_add(MINSIZE);
        let mem = self.int_malloc(arena, room)?;
        if mem == 0 {
            return Ok(0);
        }
        let mut chunk = mem2chunk(mem);
        if mem & (alignment - 1) != 0 {
            chunk = self.cut_leader(arena, chunk, alignment, nb)?;
        }
        let word = self.size_word(chunk)?;
        if word & IS_MMAPPED == 0 {
            self.cut_tail(arena, chunk, chunksize(word), nb)?;
        }
        Ok(chunk2mem(chunk))
    }

    /// Gives back what a chunk of `size` bytes has too much.
    fn cut_tail(&mut self, arena: u64, chunk: u64, size: u64, nb: u64) -> Res<()> {
        if self.lib.rules.memalign_merges {
            return self.merge_tail(arena, chunk, size, nb);
        }
        if size <= nb + MINSIZE {
            return Ok(());
        }
        let rest = chunk.wrapping_add(nb);
        self.set_head(rest, (size - nb) | PREV_INUSE | arena_flag(arena))?;
        self.set_head_size(chunk, nb)?;
        self.int_free(arena, rest, true)
    }

    /// The same from 2.39 on: merged with what is free behind it, with which even a few bytes make a chunk.
    fn merge_tail(&mut self, arena: u64, chunk: u64, size: u64, nb: u64) -> Res<()> {
        let next = chunk.wrapping_add(size);
        let next_size = self.chunksize(next)?;
        if size <= nb {
            return Ok(());
        }
        let rest_size = size - nb;
        if rest_size < MINSIZE && next != self.top(arena)? && self.inuse_at(next, next_size)? {
            return Ok(());
        }
        self.set_head_size(chunk, nb)?;
        let merged = self.create_free_chunk(arena, chunk.wrapping_add(nb), rest_size, (next, next_size))?;
        self.maybe_trim(arena, merged)
    }

    /// Frees what is before the first aligned place that leaves a whole chunk there; gives the aligned chunk.
    fn cut_leader(&mut self, arena: u64, chunk: u64, alignment: u64, nb: u64) -> Res<u64> {
        let mem = chunk2mem(chunk);
        let mut aligned =
            (mem.wrapping_add(alignment - 1) & alignment.wrapping_neg()).wrapping_sub(CHUNK_HDR_SZ);
        if aligned.wrapping_sub(chunk) < MINSIZE {
            aligned = aligned.wrapping_add(alignment);
        }
        let lead = aligned.wrapping_sub(chunk);
        let word = self.size_word(chunk)?;
        let size = chunksize(word).wrapping_sub(lead);
        if word & IS_MMAPPED != 0 {
            let offset = self.prev_size(chunk)?.wrapping_add(lead);
            self.st(aligned, offset)?;
            self.set_head(aligned, size | IS_MMAPPED)?;
            return Ok(aligned);
        }
        self.set_head(aligned, size | PREV_INUSE | arena_flag(arena))?;
        self.set_inuse_at(aligned, size)?;
        self.set_head_size(chunk, lead | arena_flag(arena))?;
        if self.lib.rules.memalign_merges {
            let word = self.size_word(chunk)?;
            self.free_merging(arena, chunk, word)?;
        } else {
            self.int_free(arena, chunk, true)?;
        }
        if size < nb {
            return Err(self.fail(Assertion::MemalignSize));
        }
        Ok(aligned)
    }
}
