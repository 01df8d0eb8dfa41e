//! `calloc`: malloc past the tcache, and clearing what the kernel has not just given.

use crate::Os;
use crate::abort::Assertion;

use super::call::{Call, Res};
use super::chunk::{IS_MMAPPED, SIZE_SZ, chunksize, mem2chunk, request2size};
use super::heap::{HEAP_MPROTECT_SIZE, heap_for_ptr};
use super::state::{MAIN_ARENA, NO_ARENA};
use super::tcache::csize2tidx;

/// The top chunk before the call, and how many bytes of it may have been written to.
struct UsedTop {
    chunk: u64,
    bytes: u64,
}

impl<O: Os> Call<'_, O> {
    /// `__libc_calloc`.
    pub(super) fn libc_calloc(&mut self, count: u64, size: u64) -> Res<u64> {
        let Some(bytes) = count.checked_mul(size).filter(|&bytes| bytes <= i64::MAX as u64) else {
            return Ok(0);
        };
        if !self.lib.initialized {
            self.ptmalloc_init();
            if self.lib.rules.hooks {
                return self.calloc_by_hook(bytes);
            }
        }
        let tcache = self.tcache()?;
        if self.lib.rules.calloc_from_tcache {
            let Some(nb) = request2size(bytes) else { return Ok(0) };
            if let Some(mem) = self.tcache_take(tcache, csize2tidx(nb))? {
                let size = self.chunksize(mem2chunk(mem))?;
                self.os.fill(mem, 0, size.wrapping_sub(SIZE_SZ))?;
                return Ok(mem);
            }
        }
        let single = self.lib.single_thread;
        let arena = if single { MAIN_ARENA } else { self.arena_get(bytes)? };
        let used_top = self.used_top(arena)?;
        let mut mem = self.int_malloc(arena, bytes)?;
        self.assert_arena(mem, arena, Assertion::CallocArena)?;
        if !single && mem == 0 && arena != NO_ARENA {
            let arena = self.arena_get_retry(arena, bytes)?;
            mem = self.int_malloc(arena, bytes)?;
        }
        if mem != 0 {
            self.clear(mem, bytes, &used_top)?;
        }
        Ok(mem)
    }

    /// The first call, if it finds the hook by which the library begins: malloc, all of whose block is cleared.
    fn calloc_by_hook(&mut self, bytes: u64) -> Res<u64> {
        let mem = self.libc_malloc(bytes)?;
        if mem != 0 {
            self.os.fill(mem, 0, bytes)?;
        }
        Ok(mem)
    }

    /// Memory behind the top's old end comes from the kernel and is zero; in a heap only if it never was accessible.
    fn used_top(&mut self, arena: u64) -> Res<UsedTop> {
        if arena == NO_ARENA {
            return Ok(UsedTop { chunk: 0, bytes: 0 });
        }
        let chunk = self.top(arena)?;
        let mut bytes = self.chunksize(chunk)?;
        if arena != MAIN_ARENA {
            let heap = heap_for_ptr(chunk);
            let accessible = self.ld(heap.wrapping_add(HEAP_MPROTECT_SIZE))?;
            bytes = bytes.max(heap.wrapping_add(accessible).wrapping_sub(chunk));
        }
        Ok(UsedTop { chunk, bytes })
    }

    fn clear(&mut self, mem: u64, bytes: u64, used_top: &UsedTop) -> Res<()> {
        let chunk = mem2chunk(mem);
        let word = self.size_word(chunk)?;
        let perturb = self.lib.par.perturb != 0;
        if word & IS_MMAPPED != 0 {
            return if perturb { Ok(self.os.fill(mem, 0, bytes)?) } else { Ok(()) };
        }
        let mut size = chunksize(word);
        if !perturb && chunk == used_top.chunk && size > used_top.bytes {
            size = used_top.bytes;
        }
        let clear = size.wrapping_sub(SIZE_SZ);
        if clear / SIZE_SZ < 3 {
            return Err(self.fail(Assertion::CallocWords));
        }
        Ok(self.os.fill(mem, 0, clear)?)
    }
}
