//! The tcache (`tcache_perthread_struct`): 64 lists of free blocks a thread, in a block of its own thread's.
//!
//! In memory: 64 counts of 16 bits, then 64 list heads. A free block in it holds the next one's address, protected, and the
//! key, by which a second free is found.

use crate::{Abort, Os};

use super::call::{Call, Res};
use super::chunk::{MINSIZE, chunk2mem};
use super::config::TCACHE_MAX_BINS;

/// `sizeof (tcache_perthread_struct)`.
pub(super) const TCACHE_BYTES: u64 = TCACHE_MAX_BINS * 10;
/// Bytes of a count.
pub(super) const COUNT_BYTES: u64 = 2;
/// Offset of the list heads.
pub(super) const ENTRIES: u64 = TCACHE_MAX_BINS * COUNT_BYTES;
/// Offset of a free block's key.
pub(super) const KEY: u64 = 8;

/// `csize2tidx`: which list a chunk of this size belongs to.
#[inline]
pub(super) fn csize2tidx(size: u64) -> u64 {
    size.wrapping_sub(MINSIZE).wrapping_add(15) / 16
}

impl<O: Os> Call<'_, O> {
    /// `MAYBE_INIT_TCACHE` and then the thread's tcache, 0 where there is none.
    #[inline]
    pub(super) fn tcache(&mut self) -> Res<u64> {
        let tcache = self.tls().tcache;
        if tcache != 0 { Ok(tcache) } else { self.tcache_init() }
    }

    #[cold]
    fn tcache_init(&mut self) -> Res<u64> {
        if self.tls().tcache_shutting_down {
            return Ok(0);
        }
        let mut arena = self.arena_get(TCACHE_BYTES)?;
        let mut block = self.int_malloc(arena, TCACHE_BYTES)?;
        if block == 0 && arena != super::state::NO_ARENA {
            arena = self.arena_get_retry(arena, TCACHE_BYTES)?;
            block = self.int_malloc(arena, TCACHE_BYTES)?;
        }
        if block != 0 {
            self.tls().tcache = block;
            self.os.fill(block, 0, TCACHE_BYTES)?;
        }
        Ok(block)
    }

    /// What marks a block as one of this tcache.
    #[inline]
    fn key(&self, tcache: u64) -> u64 {
        if self.lib.rules.random_key { self.lib.tcache_key } else { tcache }
    }

    /// `counts[index]`.
    #[inline]
    pub(super) fn tcache_count(&mut self, tcache: u64, index: u64) -> Res<u64> {
        Ok(self.os.load(tcache + COUNT_BYTES * index, 2)?)
    }

    /// Is there a tcache with room for one more of that list?
    #[inline]
    pub(super) fn tcache_has_room(&mut self, tcache: u64, index: u64) -> Res<bool> {
        Ok(tcache != 0
            && index < self.lib.par.tcache_bins
            && self.tcache_count(tcache, index)? < self.lib.par.tcache_count)
    }

    /// `tcache_put`: the chunk becomes the first of its list.
    pub(super) fn tcache_put(&mut self, tcache: u64, chunk: u64, index: u64) -> Res<()> {
        let count = self.tcache_count(tcache, index)?;
        self.tcache_push(tcache, chunk, index, count)
    }

    /// `tcache_put`, given the list's count.
    #[inline(always)]
    fn tcache_push(&mut self, tcache: u64, chunk: u64, index: u64, count: u64) -> Res<()> {
        let mem = chunk2mem(chunk);
        let head = tcache + ENTRIES + 8 * index;
        self.os.store64(mem + KEY, self.key(tcache))?;
        let first = self.os.load64(head)?;
        self.os.store64(mem, self.protect(mem, first))?;
        self.os.store64(head, mem)?;
        Ok(self.os.store(tcache + COUNT_BYTES * index, count + 1, 2)?)
    }

    /// `tcache_get`: takes the first block of a list that is not empty.
    pub(super) fn tcache_get(&mut self, tcache: u64, index: u64) -> Res<u64> {
        let count = self.tcache_count(tcache, index)?;
        self.tcache_pop(tcache, index, count)
    }

    /// `tcache_get`, given the list's count.
    #[inline(always)]
    pub(super) fn tcache_pop(&mut self, tcache: u64, index: u64, count: u64) -> Res<u64> {
        let head = tcache + ENTRIES + 8 * index;
        let mem = self.os.load64(head)?;
        if self.bad_link(mem) {
            return Err(self.fail(Abort::TcacheUnaligned));
        }
        let next = self.os.load64(mem)?;
        self.os.store64(head, self.protect(mem, next))?;
        self.os.store(tcache + COUNT_BYTES * index, count.wrapping_sub(1), 2)?;
        self.os.store64(mem + KEY, 0)?;
        Ok(mem)
    }

    /// The first block of a list, if there is a tcache with one.
    pub(super) fn tcache_take(&mut self, tcache: u64, index: u64) -> Res<Option<u64>> {
        if tcache == 0 || index >= self.lib.par.tcache_bins {
            return Ok(None);
        }
        match self.tcache_count(tcache, index)? {
            0 => Ok(None),
            count => self.tcache_pop(tcache, index, count).map(Some),
        }
    }

    /// The first block of a list that lies on a multiple of `alignment`, taken out of it.
    pub(super) fn tcache_take_aligned(
        &mut self,
        tcache: u64,
        index: u64,
        alignment: u64,
    ) -> Res<Option<u64>> {
        if tcache == 0 || index >= self.lib.par.tcache_bins || self.tcache_count(tcache, index)? == 0 {
            return Ok(None);
        }
        let head = tcache + ENTRIES + 8 * index;
        let (mut place, mut mem) = (head, self.os.load64(head)?);
        while mem != 0 && mem & (alignment - 1) != 0 {
            self.step()?;
            (place, mem) = (mem, self.link_at(mem)?);
        }
        if mem == 0 {
            return Ok(None);
        }
        if self.bad_link(mem) {
            return Err(self.fail(Abort::TcacheUnaligned));
        }
        let next = self.link_at(mem)?;
        let link = if place == head { next } else { self.protect(place, next) };
        self.os.store64(place, link)?;
        let count = self.tcache_count(tcache, index)?;
        self.os.store(tcache + COUNT_BYTES * index, count.wrapping_sub(1), 2)?;
        self.os.store64(mem + KEY, 0)?;
        Ok(Some(mem))
    }

    /// The first part of `_int_free`: true if the chunk went to the tcache.
    #[inline(always)]
    pub(super) fn free_to_tcache(&mut self, chunk: u64, size: u64) -> Res<bool> {
        let tcache = self.tls().tcache;
        let index = csize2tidx(size);
        if tcache == 0 || index >= self.lib.par.tcache_bins {
            return Ok(false);
        }
        if self.os.load64(chunk2mem(chunk) + KEY)? == self.key(tcache) {
            self.look_for_double_free(tcache, chunk2mem(chunk), index)?;
        }
        let count = self.tcache_count(tcache, index)?;
        if count >= self.lib.par.tcache_count {
            return Ok(false);
        }
        self.tcache_push(tcache, chunk, index, count)?;
        Ok(true)
    }

    /// The key may stand there by chance: only a block that is in the list is freed twice.
    #[cold]
    fn look_for_double_free(&mut self, tcache: u64, freed: u64, index: u64) -> Res<()> {
        let mut mem = self.os.load64(tcache + ENTRIES + 8 * index)?;
        let mut seen = 0;
        while mem != 0 {
            // 2.33 bounds the search; before, it goes on along any list.
            if self.lib.rules.safe_linking && seen >= self.lib.par.tcache_count {
                return Err(self.fail(Abort::TcacheTooMany));
            }
            if self.bad_link(mem) {
                return Err(self.fail(Abort::TcacheUnalignedFree));
            }
            if mem == freed {
                return Err(self.fail(Abort::TcacheDoubleFree));
            }
            mem = self.link_at(mem)?;
            seen += 1;
        }
        Ok(())
    }

    /// `tcache_thread_shutdown`: all blocks, and the tcache itself, go back to their arenas.
    pub(super) fn tcache_thread_shutdown(&mut self) -> Res<()> {
        let tcache = std::mem::take(&mut self.tls().tcache);
        self.tls().tcache_shutting_down = true;
        if tcache == 0 {
            return Ok(());
        }
        for index in 0..TCACHE_MAX_BINS {
            self.tcache_drain(tcache + ENTRIES + 8 * index)?;
        }
        self.libc_free(tcache)
    }

    fn tcache_drain(&mut self, head: u64) -> Res<()> {
        loop {
            self.step()?;
            let mem = self.os.load64(head)?;
            if mem == 0 {
                return Ok(());
            }
            if self.bad_link(mem) {
                return Err(self.fail(Abort::ShutdownUnaligned));
            }
            let next = self.os.load64(mem)?;
            self.os.store64(head, self.protect(mem, next))?;
            self.libc_free(mem)?;
        }
    }
}
