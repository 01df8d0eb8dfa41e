//! `realloc`: in place, into the top, into the free chunk behind, by mremap, or by malloc, copy and free.

use crate::abort::Assertion;
use crate::{Abort, Failure, Os};

use super::call::{Call, Res, arena_flag};
use super::chunk::{
    CHUNK_HDR_SZ, IS_MMAPPED, MALLOC_ALIGN_MASK, MINSIZE, PREV_INUSE, SIZE_SZ, chunk2mem, chunksize,
    mem2chunk, misaligned, request2size,
};
use super::rules::Reuse;

impl<O: Os> Call<'_, O> {
    /// `__libc_realloc`; freeing by size 0 gives NULL and leaves errno alone.
    pub(super) fn libc_realloc(&mut self, mem: u64, bytes: u64) -> Res<u64> {
        if !self.lib.initialized {
            self.ptmalloc_init();
        }
        if mem == 0 {
            return self.libc_malloc(bytes);
        }
        if bytes == 0 {
            self.libc_free(mem)?;
            return Err(Failure::Null(None));
        }
        let chunk = mem2chunk(mem);
        let word = self.size_word(chunk)?;
        if self.keeps_block(mem, word, bytes)? {
            return Ok(mem);
        }
        let arena = if word & IS_MMAPPED != 0 {
            0
        } else {
            self.tcache()?;
            self.arena_for_chunk(chunk, word)?
        };
        if chunk > chunksize(word).wrapping_neg() || misaligned(chunk) {
            return Err(self.fail(Abort::ReallocPointer));
        }
        let Some(nb) = request2size(bytes) else { return Ok(0) };
        if word & IS_MMAPPED != 0 {
            return self.realloc_mapped(chunk, chunksize(word), bytes, nb);
        }
        self.realloc_in_arena(arena, chunk, word, bytes, nb)
    }

    /// Whether the block is good for `bytes` as it is, by the release's [`Reuse`].
    fn keeps_block(&mut self, mem: u64, word: u64, bytes: u64) -> Res<bool> {
        if self.lib.rules.reuse == Reuse::No {
            return Ok(false);
        }
        let Some(spare) = self.usable_size(mem)?.checked_sub(bytes) else { return Ok(false) };
        Ok(match self.lib.rules.reuse {
            Reuse::No => false,
            Reuse::UpToTrim => spare <= self.lib.par.trim_threshold,
            Reuse::Padding => {
                spare < CHUNK_HDR_SZ || (word & IS_MMAPPED != 0 && spare <= self.os.page_size())
            }
        })
    }

    fn realloc_mapped(&mut self, chunk: u64, old_size: u64, bytes: u64, nb: u64) -> Res<u64> {
        let moved = self.mremap_chunk(chunk, nb)?;
        if moved != 0 {
            return Ok(chunk2mem(moved));
        }
        let mem = chunk2mem(chunk);
        if old_size.wrapping_sub(SIZE_SZ) >= nb {
            return Ok(mem);
        }
        let new = self.libc_malloc(bytes)?;
        if new == 0 {
            return Ok(0);
        }
        self.os.copy(new, mem, old_size.wrapping_sub(CHUNK_HDR_SZ))?;
        self.munmap_chunk(chunk)?;
        Ok(new)
    }

    fn realloc_in_arena(&mut self, arena: u64, chunk: u64, word: u64, bytes: u64, nb: u64) -> Res<u64> {
        let new = self.int_realloc(arena, chunk, word, nb)?;
        self.assert_arena(new, arena, Assertion::ReallocArena)?;
        if new != 0 || self.lib.single_thread {
            return Ok(new);
        }
        // Another arena may have memory.
        let new = self.libc_malloc(bytes)?;
        if new != 0 {
            self.copy_block(new, chunk)?;
            self.int_free(arena, chunk, false)?;
        }
        Ok(new)
    }

    fn copy_block(&mut self, new: u64, chunk: u64) -> Res<()> {
        let usable = self.chunksize(chunk)?.wrapping_sub(SIZE_SZ);
        Ok(self.os.copy(new, chunk2mem(chunk), usable)?)
    }

    /// `_int_realloc`.
    fn int_realloc(&mut self, arena: u64, chunk: u64, word: u64, nb: u64) -> Res<u64> {
        let old_size = chunksize(word);
        let system_mem = self.system_mem(arena)?;
        if word <= CHUNK_HDR_SZ || old_size >= system_mem {
            return Err(self.fail(Abort::ReallocOldSize));
        }
        let next = chunk.wrapping_add(old_size);
        let next_word = self.size_word(next)?;
        let next_size = chunksize(next_word);
        if next_word <= CHUNK_HDR_SZ || next_size >= system_mem {
            return Err(self.fail(Abort::ReallocNextSize));
        }
        if old_size >= nb {
            return self.realloc_cut(arena, chunk, old_size, nb);
        }
        let joined = old_size.wrapping_add(next_size);
        if next == self.top(arena)? {
            if joined >= nb.wrapping_add(MINSIZE) {
                return self.realloc_into_top(arena, chunk, joined, nb);
            }
        } else if joined >= nb && !self.inuse_at(next, next_size)? {
            self.unlink_chunk(next)?;
            return self.realloc_cut(arena, chunk, joined, nb);
        }
        self.realloc_by_copy(arena, chunk, old_size, nb)
    }

    fn realloc_into_top(&mut self, arena: u64, chunk: u64, joined: u64, nb: u64) -> Res<u64> {
        self.set_head_size(chunk, nb | arena_flag(arena))?;
        let top = chunk.wrapping_add(nb);
        self.set_top(arena, top)?;
        self.set_head(top, joined.wrapping_sub(nb) | PREV_INUSE)?;
        Ok(chunk2mem(chunk))
    }

    fn realloc_by_copy(&mut self, arena: u64, chunk: u64, old_size: u64, nb: u64) -> Res<u64> {
        let mem = self.int_malloc(arena, nb.wrapping_sub(MALLOC_ALIGN_MASK))?;
        if mem == 0 {
            return Ok(0);
        }
        let new = mem2chunk(mem);
        let new_size = self.chunksize(new)?;
        if new == chunk.wrapping_add(old_size) {
            return self.realloc_cut(arena, chunk, old_size.wrapping_add(new_size), nb);
        }
        self.copy_block(mem, chunk)?;
        self.int_free(arena, chunk, true)?;
        Ok(mem)
    }

    /// The chunk has `size` bytes now: what it has too much is freed.
    fn realloc_cut(&mut self, arena: u64, chunk: u64, size: u64, nb: u64) -> Res<u64> {
        if size < nb {
            return Err(self.fail(Assertion::ReallocSize));
        }
        let flag = arena_flag(arena);
        if size - nb < MINSIZE {
            self.set_head_size(chunk, size | flag)?;
            self.set_inuse_at(chunk, size)?;
            return Ok(chunk2mem(chunk));
        }
        let rest = chunk.wrapping_add(nb);
        self.set_head_size(chunk, nb | flag)?;
        self.set_head(rest, (size - nb) | PREV_INUSE | flag)?;
        self.set_inuse_at(rest, size - nb)?;
        self.int_free(arena, rest, true)?;
        Ok(chunk2mem(chunk))
    }
}
