//! `mallinfo2`: the counts of all arenas, made by walking their bins.

use crate::{Abort, Mallinfo2, Os};

use super::call::{Call, Res};
use super::chunk::{BK, FD};
use super::fastbin::fastbin;
use super::state::{MAIN_ARENA, NBINS, NFASTBINS, bin_at};

impl<O: Os> Call<'_, O> {
    /// `__libc_mallinfo2`.
    pub(super) fn libc_mallinfo2(&mut self) -> Res<Mallinfo2> {
        if !self.lib.initialized {
            self.ptmalloc_init();
        }
        let mut info = Mallinfo2::default();
        self.for_each_arena(|call, arena| call.int_mallinfo(arena, &mut info))?;
        Ok(info)
    }

    /// `int_mallinfo`: adds one arena.
    pub(super) fn int_mallinfo(&mut self, arena: u64, info: &mut Mallinfo2) -> Res<()> {
        let top = self.top(arena)?;
        let top_size = self.chunksize(top)?;
        let (fast_chunks, fast_bytes) = self.count_fastbins(arena, Abort::MallinfoUnaligned)?;
        let (chunks, bytes) = self.count_bins(arena)?;
        let free = top_size.wrapping_add(fast_bytes).wrapping_add(bytes);
        let system_mem = self.system_mem(arena)?;
        info.smblks += fast_chunks;
        info.ordblks += 1 + chunks;
        info.fordblks = info.fordblks.wrapping_add(free);
        info.uordblks = info.uordblks.wrapping_add(system_mem.wrapping_sub(free));
        info.arena = info.arena.wrapping_add(system_mem);
        info.fsmblks = info.fsmblks.wrapping_add(fast_bytes);
        if arena == MAIN_ARENA {
            info.hblks = self.lib.par.n_mmaps as i64 as u64;
            info.hblkhd = self.lib.par.mmapped_mem;
            info.keepcost = top_size;
        }
        Ok(())
    }

    fn count_fastbins(&mut self, arena: u64, unaligned: Abort) -> Res<(u64, u64)> {
        let (mut chunks, mut bytes) = (0, 0u64);
        for index in 0..NFASTBINS {
            let mut chunk = self.ld(fastbin(arena, index))?;
            while chunk != 0 {
                self.step()?;
                if self.bad_link(chunk) {
                    return Err(self.fail(unaligned));
                }
                chunks += 1;
                bytes = bytes.wrapping_add(self.chunksize(chunk)?);
                let position = chunk.wrapping_add(FD);
                chunk = self.link_at(position)?;
            }
        }
        Ok((chunks, bytes))
    }

    fn count_bins(&mut self, arena: u64) -> Res<(u64, u64)> {
        let (mut chunks, mut bytes) = (0, 0u64);
        for index in 1..NBINS {
            let bin = bin_at(arena, index);
            let mut chunk = self.ld(bin.wrapping_add(BK))?;
            while chunk != bin {
                self.step()?;
                chunks += 1;
                bytes = bytes.wrapping_add(self.chunksize(chunk)?);
                chunk = self.ld(chunk.wrapping_add(BK))?;
            }
        }
        Ok((chunks, bytes))
    }
}
