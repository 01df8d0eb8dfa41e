//! Large bins: chunks of a range of sizes, largest first; the first of each size is also in a list of sizes.

use crate::abort::Assertion;
use crate::{Abort, Os};

use super::bins::largebin_index;
use super::call::{Call, Res};
use super::chunk::{BK, BK_NEXTSIZE, FD, FD_NEXTSIZE, NON_MAIN_ARENA, chunk2mem, chunksize};
use super::malloc::Request;
use super::state::bin_at;
use super::unsorted::word_of;

impl<O: Os> Call<'_, O> {
    /// Puts a chunk into its large bin, behind the first of its size.
    pub(super) fn sort_into_large_bin(&mut self, arena: u64, victim: u64, size: u64) -> Res<()> {
        let index = largebin_index(size);
        let bin = bin_at(arena, index);
        let first = self.ld(bin.wrapping_add(FD))?;
        if first == bin {
            self.st(victim.wrapping_add(BK_NEXTSIZE), victim)?;
            self.st(victim.wrapping_add(FD_NEXTSIZE), victim)?;
            return self.link_between(arena, index, victim, bin, bin);
        }
        let last = self.ld(bin.wrapping_add(BK))?;
        let smallest = self.size_word(last)?;
        if smallest & NON_MAIN_ARENA != 0 {
            return Err(self.fail(Assertion::SmallestMain));
        }
        if word_of(size) < smallest {
            self.append_smallest(victim, bin)?;
            return self.link_between(arena, index, victim, last, bin);
        }
        let fd = self.place_by_size(victim, first, word_of(size))?;
        let bk = self.ld(fd.wrapping_add(BK))?;
        if self.ld(bk.wrapping_add(FD))? != fd {
            return Err(self.fail(Abort::LargeList));
        }
        self.link_between(arena, index, victim, bk, fd)
    }

    /// The chunk becomes the last in the list of sizes.
    fn append_smallest(&mut self, victim: u64, bin: u64) -> Res<()> {
        let first = self.ld(bin.wrapping_add(FD))?;
        self.st(victim.wrapping_add(FD_NEXTSIZE), first)?;
        let before = self.ld(first.wrapping_add(BK_NEXTSIZE))?;
        self.st(victim.wrapping_add(BK_NEXTSIZE), before)?;
        self.st(before.wrapping_add(FD_NEXTSIZE), victim)?;
        self.st(first.wrapping_add(BK_NEXTSIZE), victim)
    }

    /// The chunk that will follow `victim`; a new size enters the list of sizes.
    fn place_by_size(&mut self, victim: u64, first: u64, word: u64) -> Res<u64> {
        let mut fd = first;
        let mut fd_word = self.size_word(fd)?;
        loop {
            self.step()?;
            if fd_word & NON_MAIN_ARENA != 0 {
                return Err(self.fail(Assertion::LargerMain));
            }
            if word >= fd_word {
                break;
            }
            fd = self.ld(fd.wrapping_add(FD_NEXTSIZE))?;
            fd_word = self.size_word(fd)?;
        }
        if word == fd_word {
            return self.ld(fd.wrapping_add(FD));
        }
        self.st(victim.wrapping_add(FD_NEXTSIZE), fd)?;
        let before = self.ld(fd.wrapping_add(BK_NEXTSIZE))?;
        self.st(victim.wrapping_add(BK_NEXTSIZE), before)?;
        if self.ld(before.wrapping_add(FD_NEXTSIZE))? != fd {
            return Err(self.fail(Abort::LargeSizeList));
        }
        self.st(fd.wrapping_add(BK_NEXTSIZE), victim)?;
        self.st(before.wrapping_add(FD_NEXTSIZE), victim)?;
        Ok(fd)
    }

    /// The smallest chunk of the request's large bin that is large enough, but not the first of its size if there are two.
    pub(super) fn malloc_large(&mut self, request: Request) -> Res<u64> {
        let bin = bin_at(request.arena, largebin_index(request.nb));
        let largest = self.ld(bin.wrapping_add(FD))?;
        if largest == bin || self.size_word(largest)? < request.nb {
            return Ok(0);
        }
        let mut victim = self.ld(largest.wrapping_add(BK_NEXTSIZE))?;
        let mut word = self.size_word(victim)?;
        while chunksize(word) < request.nb {
            self.step()?;
            victim = self.ld(victim.wrapping_add(BK_NEXTSIZE))?;
            word = self.size_word(victim)?;
        }
        let size = chunksize(word);
        if victim != self.ld(bin.wrapping_add(BK))? {
            let second = self.ld(victim.wrapping_add(FD))?;
            if self.size_word(second)? == word {
                victim = second;
            }
        }
        self.unlink_chunk(victim)?;
        self.use_part(request, victim, size, Abort::SplitUnsorted)?;
        self.alloc_perturb(chunk2mem(victim), request.bytes)?;
        Ok(chunk2mem(victim))
    }
}
