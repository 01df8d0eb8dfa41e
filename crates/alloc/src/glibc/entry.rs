//! The library's entry points `malloc` and `free`: the tcache first, then an arena.

use crate::Os;

use super::call::{Call, Res};
use super::chunk::{CHUNK_HDR_SZ, IS_MMAPPED, NON_MAIN_ARENA, chunksize, mem2chunk, request2size};
use super::config::DEFAULT_MMAP_THRESHOLD_MAX;
use super::heap::heap_for_ptr;
use super::state::{MAIN_ARENA, NO_ARENA};
use super::tcache::csize2tidx;
use crate::abort::Assertion;

impl<O: Os> Call<'_, O> {
    /// `__libc_malloc`.
    #[inline]
    pub(super) fn libc_malloc(&mut self, bytes: u64) -> Res<u64> {
        if !self.lib.initialized {
            self.ptmalloc_init();
        }
        let Some(nb) = request2size(bytes) else { return Ok(0) };
        let tcache = self.tcache()?;
        let index = csize2tidx(nb);
        if index < self.lib.par.tcache_bins && tcache != 0 {
            let count = self.tcache_count(tcache, index)?;
            if count > 0 {
                return self.tcache_pop(tcache, index, count);
            }
        }
        self.malloc_from_arena(bytes)
    }

    #[inline(never)]
    fn malloc_from_arena(&mut self, bytes: u64) -> Res<u64> {
        if self.lib.single_thread {
            let mem = self.int_malloc(MAIN_ARENA, bytes)?;
            self.assert_arena(mem, MAIN_ARENA, Assertion::MallocMain)?;
            return Ok(mem);
        }
        let mut arena = self.arena_get(bytes)?;
        let mut mem = self.int_malloc(arena, bytes)?;
        if mem == 0 && arena != NO_ARENA {
            arena = self.arena_get_retry(arena, bytes)?;
            mem = self.int_malloc(arena, bytes)?;
        }
        self.assert_arena(mem, arena, Assertion::MallocArena)?;
        Ok(mem)
    }

    /// The block is null, a mapping or the arena's.
    pub(super) fn assert_arena(&mut self, mem: u64, arena: u64, assertion: Assertion) -> Res<()> {
        if mem == 0 {
            return Ok(());
        }
        let chunk = mem2chunk(mem);
        let word = self.size_word(chunk)?;
        if word & IS_MMAPPED != 0 || self.arena_for_chunk(chunk, word)? == arena {
            return Ok(());
        }
        Err(self.fail(assertion))
    }

    /// `arena_for_chunk`, given the chunk's size word.
    #[inline]
    pub(super) fn arena_for_chunk(&mut self, chunk: u64, word: u64) -> Res<u64> {
        if word & NON_MAIN_ARENA == 0 { Ok(MAIN_ARENA) } else { self.ld(heap_for_ptr(chunk)) }
    }

    /// `__libc_free`.
    #[inline]
    pub(super) fn libc_free(&mut self, mem: u64) -> Res<()> {
        if mem == 0 {
            return Ok(());
        }
        let chunk = mem2chunk(mem);
        let mut word = self.os.load64(chunk.wrapping_add(super::chunk::SIZE))?;
        if word & IS_MMAPPED != 0 {
            return self.free_mapped(chunk, word);
        }
        if self.tls().tcache == 0 {
            self.tcache()?;
            // The tcache may have been made of the chunk before.
            word = self.size_word(chunk)?;
        }
        let arena = self.arena_for_chunk(chunk, word)?;
        self.int_free_sized(arena, chunk, word, false)
    }

    /// A freed mapping above the threshold raises it, so that the next block of that size comes from the heap.
    #[cold]
    fn free_mapped(&mut self, chunk: u64, word: u64) -> Res<()> {
        let par = &mut self.lib.par;
        if !par.no_dyn_threshold && word > par.mmap_threshold && word <= DEFAULT_MMAP_THRESHOLD_MAX {
            par.mmap_threshold = chunksize(word);
            par.trim_threshold = par.mmap_threshold.wrapping_mul(2);
        }
        self.munmap_chunk(chunk)
    }

    /// `malloc_usable_size`.
    pub(super) fn usable_size(&mut self, mem: u64) -> Res<u64> {
        if mem == 0 {
            return Ok(0);
        }
        let chunk = mem2chunk(mem);
        let word = self.size_word(chunk)?;
        let size = chunksize(word);
        if word & IS_MMAPPED != 0 {
            Ok(size.wrapping_sub(CHUNK_HDR_SZ))
        } else if self.inuse_at(chunk, size)? {
            Ok(size.wrapping_sub(super::chunk::SIZE_SZ))
        } else {
            Ok(0)
        }
    }
}
