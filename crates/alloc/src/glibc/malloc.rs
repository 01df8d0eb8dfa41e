//! `_int_malloc`: finding a chunk in an arena: fastbin, small bin, unsorted bin, large bin, a larger bin, top, system.

use crate::{Abort, Os};

use super::bins::in_smallbin_range;
use super::call::{Call, Res, arena_flag};
use super::chunk::{MINSIZE, PREV_INUSE, chunk2mem, request2size};
use super::state::NO_ARENA;

/// What is asked of an arena.
#[derive(Clone, Copy)]
pub(super) struct Request {
    /// Which arena.
    pub(super) arena: u64,
    /// Bytes of the block.
    pub(super) bytes: u64,
    /// Bytes of the chunk.
    pub(super) nb: u64,
}

impl<O: Os> Call<'_, O> {
    /// `_int_malloc`: the block, or 0.
    pub(super) fn int_malloc(&mut self, arena: u64, bytes: u64) -> Res<u64> {
        let Some(nb) = request2size(bytes) else { return Ok(0) };
        let request = Request { arena, bytes, nb };
        if arena == NO_ARENA {
            return self.malloc_from_system(request);
        }
        if nb <= self.lib.par.max_fast {
            let mem = self.malloc_fast(request)?;
            if mem != 0 {
                return Ok(mem);
            }
        }
        if in_smallbin_range(nb) {
            let mem = self.malloc_small(request)?;
            if mem != 0 {
                return Ok(mem);
            }
        } else if self.have_fastchunks(arena)? {
            self.malloc_consolidate(arena)?;
        }
        self.malloc_sorting(request)
    }

    /// The rest of `_int_malloc`; a second time if chunks from the fastbins may serve after all.
    fn malloc_sorting(&mut self, request: Request) -> Res<u64> {
        let mut sorted = 0;
        loop {
            let mut mem = self.malloc_unsorted(request, &mut sorted)?;
            if mem == 0 && !in_smallbin_range(request.nb) {
                mem = self.malloc_large(request)?;
            }
            if mem == 0 {
                mem = self.malloc_best_fit(request)?;
            }
            if mem == 0 {
                mem = self.malloc_top(request)?;
            }
            if mem != 0 {
                return Ok(mem);
            }
            if !self.have_fastchunks(request.arena)? {
                return self.malloc_from_system(request);
            }
            self.malloc_consolidate(request.arena)?;
        }
    }

    /// Cuts the chunk off the top, if that leaves a chunk there.
    fn malloc_top(&mut self, request: Request) -> Res<u64> {
        let Request { arena, bytes, nb } = request;
        let top = self.top(arena)?;
        let size = self.chunksize(top)?;
        if size > self.system_mem(arena)? {
            return Err(self.fail(Abort::TopSize));
        }
        if size < nb.wrapping_add(MINSIZE) {
            return Ok(0);
        }
        self.cut_top(arena, top, size, nb)?;
        self.alloc_perturb(chunk2mem(top), bytes)?;
        Ok(chunk2mem(top))
    }

    /// Makes the first `nb` bytes of the top chunk a chunk in use.
    pub(super) fn cut_top(&mut self, arena: u64, top: u64, size: u64, nb: u64) -> Res<()> {
        let rest = top.wrapping_add(nb);
        self.set_top(arena, rest)?;
        self.set_head(top, nb | PREV_INUSE | arena_flag(arena))?;
        self.set_head(rest, size.wrapping_sub(nb) | PREV_INUSE)
    }

    fn malloc_from_system(&mut self, request: Request) -> Res<u64> {
        let mem = self.sysmalloc(request.nb, request.arena)?;
        if mem != 0 {
            self.alloc_perturb(mem, request.bytes)?;
        }
        Ok(mem)
    }

    /// Takes a whole free chunk of `size` bytes, already unlinked, and marks it in use.
    pub(super) fn use_whole(&mut self, arena: u64, chunk: u64, size: u64) -> Res<()> {
        self.set_inuse_at(chunk, size)?;
        let flag = arena_flag(arena);
        if flag == 0 { Ok(()) } else { self.change_size(chunk, 0, flag) }
    }

    /// Takes `nb` of a free chunk of `size` bytes, already unlinked: the rest goes to the unsorted bin, whose links are
    /// checked (`corrupted`). Gives the rest's address, 0 if nothing was left.
    pub(super) fn use_part(&mut self, request: Request, chunk: u64, size: u64, corrupted: Abort) -> Res<u64> {
        let Request { arena, nb, .. } = request;
        let rest_size = size.wrapping_sub(nb);
        if rest_size < MINSIZE {
            self.use_whole(arena, chunk, size)?;
            return Ok(0);
        }
        let rest = chunk.wrapping_add(nb);
        self.link_unsorted(arena, rest, rest_size, corrupted)?;
        self.set_head(chunk, nb | PREV_INUSE | arena_flag(arena))?;
        self.set_head(rest, rest_size | PREV_INUSE)?;
        self.set_foot(rest, rest_size)?;
        Ok(rest)
    }
}
