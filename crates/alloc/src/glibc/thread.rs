//! A thread's end, and fork (`__malloc_arena_thread_freeres`, `__malloc_fork_unlock_parent`, `__malloc_fork_unlock_child`).

use crate::Os;
use crate::abort::Assertion;

use super::call::{Call, Res};
use super::state::{ATTACHED_THREADS, MAIN_ARENA, MUTEX, NEXT, NEXT_FREE, NO_ARENA};

impl<O: Os> Call<'_, O> {
    /// The thread ends: its cached blocks go back, and its arena to the free list if it was the last to use it.
    pub(super) fn arena_thread_freeres(&mut self) -> Res<()> {
        self.tcache_thread_shutdown()?;
        let arena = std::mem::take(&mut self.tls().arena);
        if arena == NO_ARENA {
            return Ok(());
        }
        let threads = self.ld(arena.wrapping_add(ATTACHED_THREADS))?;
        if threads == 0 {
            return Err(self.fail(Assertion::ExitThreads));
        }
        self.st(arena.wrapping_add(ATTACHED_THREADS), threads - 1)?;
        if threads == 1 {
            self.push_free(arena)?;
        }
        Ok(())
    }

    fn push_free(&mut self, arena: u64) -> Res<()> {
        self.st(arena.wrapping_add(NEXT_FREE), self.lib.free_list)?;
        self.lib.free_list = arena;
        Ok(())
    }

    /// fork, in the parent: each arena's lock is released; a process that never had threads took none.
    pub(super) fn fork_unlock_parent(&mut self) -> Res<()> {
        if self.lib.single_thread || !self.lib.initialized {
            return Ok(());
        }
        self.for_each_arena(|call, arena| call.st32(arena.wrapping_add(MUTEX), 0))
    }

    /// fork, in the child: the locks are made anew, and arenas of threads that are not there are free.
    pub(super) fn fork_unlock_child(&mut self) -> Res<()> {
        if self.lib.single_thread || !self.lib.initialized {
            return Ok(());
        }
        let own = self.tls().arena;
        if own != NO_ARENA {
            self.st(own.wrapping_add(ATTACHED_THREADS), 1)?;
        }
        self.lib.free_list = NO_ARENA;
        self.for_each_arena(|call, arena| {
            call.st32(arena.wrapping_add(MUTEX), 0)?;
            if arena == own {
                return Ok(());
            }
            call.st(arena.wrapping_add(ATTACHED_THREADS), 0)?;
            call.push_free(arena)
        })
    }

    /// All arenas, from the main one on, newest first.
    pub(super) fn for_each_arena(&mut self, mut visit: impl FnMut(&mut Self, u64) -> Res<()>) -> Res<()> {
        let mut arena = MAIN_ARENA;
        loop {
            self.step()?;
            visit(self, arena)?;
            arena = self.ld(arena.wrapping_add(NEXT))?;
            if arena == MAIN_ARENA {
                return Ok(());
            }
        }
    }
}
