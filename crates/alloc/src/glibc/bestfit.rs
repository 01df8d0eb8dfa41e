//! The search through the larger bins, by the map of those that hold chunks.

use crate::abort::Assertion;
use crate::{Abort, Os};

use super::bins::{bin_index, binmap, in_smallbin_range};
use super::call::{Call, Res};
use super::chunk::{BK, chunk2mem};
use super::malloc::Request;
use super::state::{LAST_REMAINDER, bin_at};

/// `BINMAPSIZE`: ints in the map.
const BINMAPSIZE: u64 = 4;

impl<O: Os> Call<'_, O> {
    /// The last chunk of the first bin above the request's that has one; 0 if none has.
    pub(super) fn malloc_best_fit(&mut self, request: Request) -> Res<u64> {
        let mut index = bin_index(request.nb) + 1;
        loop {
            let Some(marked) = self.next_marked(request.arena, index)? else { return Ok(0) };
            let bin = bin_at(request.arena, marked);
            let victim = self.ld(bin.wrapping_add(BK))?;
            if victim != bin {
                return self.take_best_fit(request, victim);
            }
            self.unmark_bin(request.arena, marked)?;
            index = marked + 1;
        }
    }

    /// The first marked bin from `index` on.
    #[inline]
    fn next_marked(&mut self, arena: u64, index: u64) -> Res<Option<u64>> {
        let mut block = index / 32;
        let mut from = index % 32;
        while block < BINMAPSIZE {
            let map = self.ld32(binmap(arena, block))? >> from;
            if map != 0 {
                return Ok(Some(block * 32 + from + u64::from(map.trailing_zeros())));
            }
            (block, from) = (block + 1, 0);
        }
        Ok(None)
    }

    /// The mark was out of date.
    fn unmark_bin(&mut self, arena: u64, index: u64) -> Res<()> {
        let address = binmap(arena, index / 32);
        let map = self.ld32(address)?;
        self.st32(address, map & !(1 << (index % 32)))
    }

    fn take_best_fit(&mut self, request: Request, victim: u64) -> Res<u64> {
        let size = self.chunksize(victim)?;
        if size < request.nb {
            return Err(self.fail(Assertion::BinSize));
        }
        self.unlink_chunk(victim)?;
        let rest = self.use_part(request, victim, size, Abort::SplitUnsortedNext)?;
        if rest != 0 && in_smallbin_range(request.nb) {
            self.st(request.arena.wrapping_add(LAST_REMAINDER), rest)?;
        }
        self.alloc_perturb(chunk2mem(victim), request.bytes)?;
        Ok(chunk2mem(victim))
    }
}
