//! Arenas: which one a thread allocates from (`arena_get`, `arena_get2`, `reused_arena`), and making one.

use crate::Os;
use crate::abort::Assertion;

use super::call::{Call, Res};
use super::chunk::{BK, FD, MALLOC_ALIGN_MASK, MALLOC_ALIGNMENT, PREV_INUSE, chunk2mem};
use super::config::ARENAS_PER_CPU;
use super::heap::HEAP_SIZE;
use super::state::{
    ARENA_BYTES, ATTACHED_THREADS, FLAGS, HAVE_FASTCHUNKS, MAIN_ARENA, MAX_SYSTEM_MEM, MUTEX, NBINS, NEXT,
    NEXT_FREE, NO_ARENA, NONCONTIGUOUS, SYSTEM_MEM, bin_at, initial_top,
};

impl<O: Os> Call<'_, O> {
    /// `arena_get`: the thread's arena, or one it gets now.
    #[inline]
    pub(super) fn arena_get(&mut self, bytes: u64) -> Res<u64> {
        match self.tls().arena {
            NO_ARENA => self.arena_get2(bytes),
            arena => Ok(arena),
        }
    }

    /// `arena_get_retry`: where to try after `arena` had no memory: in the main arena, or from there in another.
    pub(super) fn arena_get_retry(&mut self, arena: u64, bytes: u64) -> Res<u64> {
        if arena == MAIN_ARENA { self.arena_get2(bytes) } else { Ok(MAIN_ARENA) }
    }

    /// `arena_get2`: an arena no thread uses, a new one, or, at the limit, the next in turn.
    fn arena_get2(&mut self, bytes: u64) -> Res<u64> {
        let free = self.get_free_list()?;
        if free != NO_ARENA {
            return Ok(free);
        }
        self.set_narenas_limit();
        if self.lib.narenas > self.lib.narenas_limit.wrapping_sub(1) {
            return self.reused_arena();
        }
        self.lib.narenas += 1;
        let arena = self.int_new_arena(bytes)?;
        if arena == NO_ARENA {
            self.lib.narenas -= 1;
        }
        Ok(arena)
    }

    /// The limit is fixed when it is first looked at and known.
    fn set_narenas_limit(&mut self) {
        let lib = &mut self.lib;
        if lib.narenas_limit == 0 {
            if lib.par.arena_max != 0 {
                lib.narenas_limit = lib.par.arena_max;
            } else if lib.narenas > lib.par.arena_test {
                lib.narenas_limit = u64::from(lib.config.cpus.max(1)) * ARENAS_PER_CPU;
            }
        }
    }

    fn get_free_list(&mut self) -> Res<u64> {
        let arena = self.lib.free_list;
        if arena == NO_ARENA {
            return Ok(NO_ARENA);
        }
        self.lib.free_list = self.ld(arena.wrapping_add(NEXT_FREE))?;
        if self.ld(arena.wrapping_add(ATTACHED_THREADS))? != 0 {
            return Err(self.fail(Assertion::FreeListThreads));
        }
        self.st(arena.wrapping_add(ATTACHED_THREADS), 1)?;
        let replaced = self.tls().arena;
        self.detach_arena(replaced)?;
        self.tls().arena = arena;
        Ok(arena)
    }

    /// `_int_new_arena`: a heap with an arena at its start; if the request is too large for it, a small one all the same.
    fn int_new_arena(&mut self, bytes: u64) -> Res<u64> {
        let overhead = self.lib.rules.heap_info_bytes + ARENA_BYTES + MALLOC_ALIGNMENT;
        let top_pad = self.lib.par.top_pad;
        let heap = match self.new_heap(bytes.wrapping_add(overhead), top_pad)? {
            None => self.new_heap(overhead, top_pad)?,
            heap => heap,
        };
        let Some(heap) = heap else { return Ok(NO_ARENA) };
        let arena = heap + self.lib.rules.heap_info_bytes;
        self.st(heap, arena)?;
        let size = self.ld(heap + HEAP_SIZE)?;
        self.malloc_init_state(arena, size)?;
        self.place_top(heap, arena, size)?;
        let replaced = std::mem::replace(&mut self.tls().arena, arena);
        self.st32(arena + MUTEX, 0)?;
        let following = self.ld(MAIN_ARENA + NEXT)?;
        self.st(arena + NEXT, following)?;
        self.st(MAIN_ARENA + NEXT, arena)?;
        self.detach_arena(replaced)?;
        Ok(arena)
    }

    /// `malloc_init_state` of an arena in a heap of `size` bytes, and its first thread.
    fn malloc_init_state(&mut self, arena: u64, size: u64) -> Res<()> {
        for index in 1..NBINS {
            let bin = bin_at(arena, index);
            self.st(bin + FD, bin)?;
            self.st(bin + BK, bin)?;
        }
        self.st32(arena + FLAGS, NONCONTIGUOUS)?;
        self.st32(arena + HAVE_FASTCHUNKS, 0)?;
        self.set_top(arena, initial_top(arena))?;
        self.st(arena + ATTACHED_THREADS, 1)?;
        self.st(arena + SYSTEM_MEM, size)?;
        self.st(arena + MAX_SYSTEM_MEM, size)
    }

    fn place_top(&mut self, heap: u64, arena: u64, size: u64) -> Res<()> {
        let end = arena + ARENA_BYTES;
        let misalign = chunk2mem(end) & MALLOC_ALIGN_MASK;
        let top = if misalign > 0 { end + MALLOC_ALIGNMENT - misalign } else { end };
        self.set_top(arena, top)?;
        self.set_head(top, (heap + size - top) | PREV_INUSE)
    }

    /// `detach_arena`: the thread leaves it.
    fn detach_arena(&mut self, arena: u64) -> Res<()> {
        if arena == NO_ARENA {
            return Ok(());
        }
        let threads = self.ld(arena.wrapping_add(ATTACHED_THREADS))?;
        if threads == 0 {
            return Err(self.fail(Assertion::DetachThreads));
        }
        self.st(arena.wrapping_add(ATTACHED_THREADS), threads - 1)
    }

    /// `reused_arena`: the next in turn, as no lock is ever found taken.
    fn reused_arena(&mut self) -> Res<u64> {
        let arena = match self.lib.next_to_use {
            NO_ARENA => MAIN_ARENA,
            next => next,
        };
        let replaced = self.tls().arena;
        self.detach_arena(replaced)?;
        self.remove_from_free_list(arena)?;
        let threads = self.ld(arena.wrapping_add(ATTACHED_THREADS))?;
        self.st(arena.wrapping_add(ATTACHED_THREADS), threads.wrapping_add(1))?;
        self.tls().arena = arena;
        self.lib.next_to_use = self.ld(arena.wrapping_add(NEXT))?;
        Ok(arena)
    }

    fn remove_from_free_list(&mut self, arena: u64) -> Res<()> {
        let mut previous = NO_ARENA;
        let mut listed = self.lib.free_list;
        while listed != NO_ARENA {
            self.step()?;
            if self.ld(listed.wrapping_add(ATTACHED_THREADS))? != 0 {
                return Err(self.fail(Assertion::RemoveThreads));
            }
            let following = self.ld(listed.wrapping_add(NEXT_FREE))?;
            if listed == arena {
                return match previous {
                    NO_ARENA => {
                        self.lib.free_list = following;
                        Ok(())
                    }
                    previous => self.st(previous.wrapping_add(NEXT_FREE), following),
                };
            }
            (previous, listed) = (listed, following);
        }
        Ok(())
    }
}
