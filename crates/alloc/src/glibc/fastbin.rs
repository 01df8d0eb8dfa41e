//! Fastbins: ten single lists of small chunks that are not merged and keep their in-use bit.

use crate::{Abort, Os};

use super::call::{Call, Res};
use super::chunk::{CHUNK_HDR_SZ, FD, chunk2mem, chunksize};
use super::malloc::Request;
use super::state::{FASTBINS, fastbin_index};
use super::tcache::csize2tidx;

/// The address of an arena's fastbin.
#[inline]
pub(super) fn fastbin(arena: u64, index: u64) -> u64 {
    arena.wrapping_add(FASTBINS + 8 * index)
}

impl<O: Os> Call<'_, O> {
    /// The first chunk of the request's fastbin; what is behind it goes to the tcache as far as there is room.
    #[inline]
    pub(super) fn malloc_fast(&mut self, request: Request) -> Res<u64> {
        let index = fastbin_index(request.nb);
        let bin = fastbin(request.arena, index);
        let victim = self.ld(bin)?;
        if victim == 0 {
            return Ok(0);
        }
        if self.bad_link(victim) {
            return Err(self.fail(Abort::FastUnalignedFirst));
        }
        self.fastbin_pop(bin, victim)?;
        if fastbin_index(self.chunksize(victim)?) != index {
            return Err(self.fail(Abort::FastSize));
        }
        self.stash_fast(bin, request)?;
        let mem = chunk2mem(victim);
        self.alloc_perturb(mem, request.bytes)?;
        Ok(mem)
    }

    /// Takes the first chunk off its fastbin; with threads the next one's alignment is checked.
    fn fastbin_pop(&mut self, bin: u64, first: u64) -> Res<()> {
        let position = first.wrapping_add(FD);
        let next = self.link_at(position)?;
        if !self.lib.single_thread && next != 0 && self.bad_link(next) {
            return Err(self.fail(Abort::FastUnaligned));
        }
        self.st(bin, next)
    }

    fn stash_fast(&mut self, bin: u64, request: Request) -> Res<()> {
        let (tcache, index) = (self.tls().tcache, csize2tidx(request.nb));
        while self.tcache_has_room(tcache, index)? {
            self.step()?;
            let chunk = self.ld(bin)?;
            if chunk == 0 {
                break;
            }
            if self.bad_link(chunk) {
                return Err(self.fail(Abort::FastUnalignedStash));
            }
            self.fastbin_pop(bin, chunk)?;
            self.tcache_put(tcache, chunk, index)?;
        }
        Ok(())
    }

    /// The second part of `_int_free`: the chunk becomes its fastbin's first.
    pub(super) fn free_fast(&mut self, arena: u64, chunk: u64, size: u64, have_lock: bool) -> Res<()> {
        let next_size = self.size_word(chunk.wrapping_add(size))?;
        if next_size <= CHUNK_HDR_SZ || chunksize(next_size) >= self.system_mem(arena)? {
            return Err(self.fail(Abort::FreeNextSizeFast));
        }
        self.free_perturb(chunk2mem(chunk), size - CHUNK_HDR_SZ)?;
        self.set_have_fastchunks(arena, true)?;
        let index = fastbin_index(size);
        let bin = fastbin(arena, index);
        let old = self.ld(bin)?;
        if old == chunk {
            return Err(self.fail(Abort::FastTop));
        }
        let position = chunk.wrapping_add(FD);
        self.st(position, self.protect(position, old))?;
        self.st(bin, chunk)?;
        if have_lock && old != 0 && fastbin_index(self.chunksize(old)?) != index {
            return Err(self.fail(Abort::FastEntry));
        }
        Ok(())
    }
}
