//! Small bins: 62 double lists of one size each; the oldest chunk is taken.

use crate::{Abort, Os};

use super::bins::smallbin_index;
use super::call::{Call, Res, arena_flag};
use super::chunk::{BK, FD, chunk2mem};
use super::malloc::Request;
use super::state::bin_at;
use super::tcache::csize2tidx;

impl<O: Os> Call<'_, O> {
    /// The last chunk of the request's small bin; those before it go to the tcache as far as there is room.
    pub(super) fn malloc_small(&mut self, request: Request) -> Res<u64> {
        let bin = bin_at(request.arena, smallbin_index(request.nb));
        let victim = self.ld(bin.wrapping_add(BK))?;
        if victim == bin {
            return Ok(0);
        }
        let before = self.ld(victim.wrapping_add(BK))?;
        if self.ld(before.wrapping_add(FD))? != victim {
            return Err(self.fail(Abort::SmallList));
        }
        self.take_small(request, bin, victim, before)?;
        self.stash_small(request, bin)?;
        let mem = chunk2mem(victim);
        self.alloc_perturb(mem, request.bytes)?;
        Ok(mem)
    }

    fn take_small(&mut self, request: Request, bin: u64, chunk: u64, before: u64) -> Res<()> {
        self.set_inuse_at(chunk, request.nb)?;
        let flag = arena_flag(request.arena);
        if flag != 0 {
            self.change_size(chunk, 0, flag)?;
        }
        self.st(bin.wrapping_add(BK), before)?;
        self.st(before.wrapping_add(FD), bin)
    }

    fn stash_small(&mut self, request: Request, bin: u64) -> Res<()> {
        let (tcache, index) = (self.tls().tcache, csize2tidx(request.nb));
        while self.tcache_has_room(tcache, index)? {
            self.step()?;
            let chunk = self.ld(bin.wrapping_add(BK))?;
            if chunk == bin {
                break;
            }
            if chunk != 0 {
                let before = self.ld(chunk.wrapping_add(BK))?;
                self.take_small(request, bin, chunk, before)?;
                self.tcache_put(tcache, chunk, index)?;
            }
        }
        Ok(())
    }
}
