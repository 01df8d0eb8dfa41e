//! The unsorted bin: what was freed or left over since the last search; each search sorts it into the bins, oldest first.

use crate::{Abort, Os};

use super::bins::{in_smallbin_range, smallbin_index};
use super::call::{Call, Res, arena_flag};
use super::chunk::{
    BK, BK_NEXTSIZE, CHUNK_HDR_SZ, FD, FD_NEXTSIZE, MINSIZE, PREV_INUSE, SIZE_BITS, chunk2mem, chunksize,
};
use super::malloc::Request;
use super::state::{LAST_REMAINDER, bin_at, unsorted_chunks};
use super::tcache::csize2tidx;

/// `MAX_ITERS`: how many chunks one search sorts.
const MAX_ITERS: u32 = 10_000;

/// What came of one chunk.
enum Step {
    /// This block is the answer.
    Found(u64),
    /// It fits and went to the tcache.
    Cached,
    /// It went to its bin.
    Sorted,
}

impl<O: Os> Call<'_, O> {
    /// Sorts the bin until a chunk fits exactly; fitting ones go to the tcache first. `sorted` counts over the whole call.
    pub(super) fn malloc_unsorted(&mut self, request: Request, sorted: &mut u64) -> Res<u64> {
        let unsorted = unsorted_chunks(request.arena);
        let mut cached = false;
        let mut iterations = 0;
        loop {
            let victim = self.ld(unsorted.wrapping_add(BK))?;
            if victim == unsorted {
                break;
            }
            match self.sort_one(request, unsorted, victim)? {
                Step::Found(mem) => return Ok(mem),
                Step::Cached => {
                    cached = true;
                    self.step()?;
                }
                Step::Sorted => {
                    *sorted += 1;
                    let limit = self.lib.par.tcache_unsorted_limit;
                    iterations += 1;
                    if (cached && limit > 0 && *sorted > limit) || iterations >= MAX_ITERS {
                        break;
                    }
                }
            }
        }
        if cached {
            self.tcache_get(self.lib.threads[self.thread].tcache, csize2tidx(request.nb))
        } else {
            Ok(0)
        }
    }

    fn sort_one(&mut self, request: Request, unsorted: u64, victim: u64) -> Res<Step> {
        let before = self.ld(victim.wrapping_add(BK))?;
        let size = self.check_unsorted(request.arena, unsorted, victim, before)?;
        if in_smallbin_range(request.nb)
            && before == unsorted
            && victim == self.ld(request.arena.wrapping_add(LAST_REMAINDER))?
            && size > request.nb + MINSIZE
        {
            return Ok(Step::Found(self.split_last_remainder(request, unsorted, victim, size)?));
        }
        self.st(unsorted.wrapping_add(BK), before)?;
        self.st(before.wrapping_add(FD), unsorted)?;
        if size != request.nb {
            self.sort_into_bin(request.arena, victim, size)?;
            return Ok(Step::Sorted);
        }
        self.use_whole(request.arena, victim, size)?;
        let (tcache, index) = (self.tls().tcache, csize2tidx(request.nb));
        if self.tcache_has_room(tcache, index)? {
            self.tcache_put(tcache, victim, index)?;
            return Ok(Step::Cached);
        }
        let mem = chunk2mem(victim);
        self.alloc_perturb(mem, request.bytes)?;
        Ok(Step::Found(mem))
    }

    /// The chunk's size, if all that surrounds it is as it should be.
    fn check_unsorted(&mut self, arena: u64, unsorted: u64, victim: u64, before: u64) -> Res<u64> {
        let size = self.chunksize(victim)?;
        let next = victim.wrapping_add(size);
        let system_mem = self.system_mem(arena)?;
        if size <= CHUNK_HDR_SZ || size > system_mem {
            return Err(self.fail(Abort::UnsortedSize));
        }
        let next_word = self.size_word(next)?;
        if next_word < CHUNK_HDR_SZ || next_word > system_mem {
            return Err(self.fail(Abort::UnsortedNextSize));
        }
        if self.prev_size(next)? & !SIZE_BITS != size {
            return Err(self.fail(Abort::UnsortedPrevSize));
        }
        if self.ld(before.wrapping_add(FD))? != victim || self.ld(victim.wrapping_add(FD))? != unsorted {
            return Err(self.fail(Abort::UnsortedList));
        }
        if next_word & PREV_INUSE != 0 {
            return Err(self.fail(Abort::UnsortedPrevInuse));
        }
        Ok(size)
    }

    /// A small request continues where the last split left off, if that is all there is.
    fn split_last_remainder(&mut self, request: Request, unsorted: u64, victim: u64, size: u64) -> Res<u64> {
        let Request { arena, bytes, nb } = request;
        let (rest, rest_size) = (victim.wrapping_add(nb), size - nb);
        self.st(unsorted.wrapping_add(BK), rest)?;
        self.st(unsorted.wrapping_add(FD), rest)?;
        self.st(arena.wrapping_add(LAST_REMAINDER), rest)?;
        self.st(rest.wrapping_add(BK), unsorted)?;
        self.st(rest.wrapping_add(FD), unsorted)?;
        self.clear_sizes(rest, rest_size)?;
        self.set_head(victim, nb | PREV_INUSE | arena_flag(arena))?;
        self.set_head(rest, rest_size | PREV_INUSE)?;
        self.set_foot(rest, rest_size)?;
        self.alloc_perturb(chunk2mem(victim), bytes)?;
        Ok(chunk2mem(victim))
    }

    /// A large chunk outside a large bin has no place in a list of sizes.
    pub(super) fn clear_sizes(&mut self, chunk: u64, size: u64) -> Res<()> {
        if in_smallbin_range(size) {
            return Ok(());
        }
        self.st(chunk.wrapping_add(FD_NEXTSIZE), 0)?;
        self.st(chunk.wrapping_add(BK_NEXTSIZE), 0)
    }

    /// Puts a chunk first in the unsorted bin, whose links are checked.
    #[inline]
    pub(super) fn link_unsorted(&mut self, arena: u64, chunk: u64, size: u64, corrupted: Abort) -> Res<()> {
        let unsorted = unsorted_chunks(arena);
        let first = self.ld(unsorted.wrapping_add(FD))?;
        if self.ld(first.wrapping_add(BK))? != unsorted {
            return Err(self.fail(corrupted));
        }
        self.st(chunk.wrapping_add(BK), unsorted)?;
        self.st(chunk.wrapping_add(FD), first)?;
        self.clear_sizes(chunk, size)?;
        self.st(unsorted.wrapping_add(FD), chunk)?;
        self.st(first.wrapping_add(BK), chunk)
    }

    fn sort_into_bin(&mut self, arena: u64, victim: u64, size: u64) -> Res<()> {
        if !in_smallbin_range(size) {
            return self.sort_into_large_bin(arena, victim, size);
        }
        let index = smallbin_index(size);
        let bin = bin_at(arena, index);
        let first = self.ld(bin.wrapping_add(FD))?;
        self.link_between(arena, index, victim, bin, first)
    }

    /// Marks the bin and puts the chunk between two neighbours.
    pub(super) fn link_between(&mut self, arena: u64, index: u64, chunk: u64, bk: u64, fd: u64) -> Res<()> {
        self.mark_bin(arena, index)?;
        self.st(chunk.wrapping_add(BK), bk)?;
        self.st(chunk.wrapping_add(FD), fd)?;
        self.st(fd.wrapping_add(BK), chunk)?;
        self.st(bk.wrapping_add(FD), chunk)
    }
}

/// The size of a chunk for comparison with size words of free chunks.
#[inline]
pub(super) fn word_of(size: u64) -> u64 {
    chunksize(size) | PREV_INUSE
}
