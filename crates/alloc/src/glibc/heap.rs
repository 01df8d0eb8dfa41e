//! Heaps (`heap_info`): 64 MiB of reserved address space each, aligned to their size, made accessible from below as needed.

use crate::{MADV_DONTNEED, MAP_FIXED, MAP_NORESERVE, MAP_PRIVATE_ANON, Os, PROT_NONE, PROT_READ_WRITE};

use super::call::{Call, Res};
use super::chunk::{
    CHUNK_HDR_SZ, MALLOC_ALIGN_MASK, MINSIZE, NON_MAIN_ARENA, PREV_INUSE, SIZE, align_down, align_up,
};
use super::state::TOP;
use super::sysmalloc::OldTop;

/// `HEAP_MAX_SIZE`.
pub(super) const HEAP_MAX_SIZE: u64 = 64 << 20;
/// `HEAP_MIN_SIZE`.
const HEAP_MIN_SIZE: u64 = 32 << 10;
/// Offset of `prev`, the arena's heap before; the arena itself is at offset 0.
pub(super) const HEAP_PREV: u64 = 8;
/// Offset of `size`.
pub(super) const HEAP_SIZE: u64 = 16;
/// Offset of `mprotect_size`: how much was ever made accessible.
pub(super) const HEAP_MPROTECT_SIZE: u64 = 24;
/// Offset of `pagesize`.
const HEAP_PAGESIZE: u64 = 32;

/// `heap_for_ptr`.
#[inline]
pub(super) fn heap_for_ptr(address: u64) -> u64 {
    align_down(address, HEAP_MAX_SIZE)
}

impl<O: Os> Call<'_, O> {
    /// `new_heap`: the heap's address, `None` if it cannot be had.
    pub(super) fn new_heap(&mut self, size: u64, top_pad: u64) -> Res<Option<u64>> {
        let padded = size.wrapping_add(top_pad);
        let size = match padded {
            _ if padded < HEAP_MIN_SIZE => HEAP_MIN_SIZE,
            _ if padded <= HEAP_MAX_SIZE => padded,
            _ if size > HEAP_MAX_SIZE => return Ok(None),
            _ => HEAP_MAX_SIZE,
        };
        let size = align_up(size, self.os.page_size());
        let Some(heap) = self.reserve_heap() else { return Ok(None) };
        if self.os.mprotect(heap, size, PROT_READ_WRITE).is_err() {
            let _ = self.os.munmap(heap, HEAP_MAX_SIZE);
            return Ok(None);
        }
        self.st(heap + HEAP_SIZE, size)?;
        self.st(heap + HEAP_MPROTECT_SIZE, size)?;
        if self.lib.rules.heap_info_bytes > HEAP_PAGESIZE {
            self.st(heap + HEAP_PAGESIZE, self.os.page_size())?;
        }
        Ok(Some(heap))
    }

    /// 64 MiB of aligned address space: where the last reservation ended, cut out of twice as much, or by luck.
    fn reserve_heap(&mut self) -> Option<u64> {
        let hint = std::mem::take(&mut self.lib.aligned_heap_area);
        if hint != 0
            && let Some(heap) = self.reserve_aligned(hint)
        {
            return Some(heap);
        }
        let Ok(start) = self.os.mmap(0, 2 * HEAP_MAX_SIZE, PROT_NONE, self.reserve_flags()) else {
            return self.reserve_aligned(0);
        };
        let heap = align_up(start, HEAP_MAX_SIZE);
        let before = heap - start;
        if before > 0 {
            let _ = self.os.munmap(start, before);
        } else {
            self.lib.aligned_heap_area = heap + HEAP_MAX_SIZE;
        }
        let _ = self.os.munmap(heap + HEAP_MAX_SIZE, HEAP_MAX_SIZE - before);
        Some(heap)
    }

    fn reserve_flags(&self) -> u32 {
        if self.lib.rules.noreserve_heaps { MAP_PRIVATE_ANON | MAP_NORESERVE } else { MAP_PRIVATE_ANON }
    }

    fn reserve_aligned(&mut self, hint: u64) -> Option<u64> {
        let heap = self.os.mmap(hint, HEAP_MAX_SIZE, PROT_NONE, self.reserve_flags()).ok()?;
        if heap.is_multiple_of(HEAP_MAX_SIZE) {
            return Some(heap);
        }
        let _ = self.os.munmap(heap, HEAP_MAX_SIZE);
        None
    }

    /// `grow_heap`: false if it is full or the kernel refused.
    fn grow_heap(&mut self, heap: u64, bytes: u64) -> Res<bool> {
        let size = self.ld(heap + HEAP_SIZE)?.wrapping_add(align_up(bytes, self.os.page_size()));
        if size > HEAP_MAX_SIZE {
            return Ok(false);
        }
        let accessible = self.ld(heap + HEAP_MPROTECT_SIZE)?;
        if size > accessible {
            if self.os.mprotect(heap + accessible, size - accessible, PROT_READ_WRITE).is_err() {
                return Ok(false);
            }
            self.st(heap + HEAP_MPROTECT_SIZE, size)?;
        }
        self.st(heap + HEAP_SIZE, size)?;
        Ok(true)
    }

    /// `shrink_heap`: the pages are dropped; under strict overcommit they are also made inaccessible.
    pub(super) fn shrink_heap(&mut self, heap: u64, bytes: u64) -> Res<bool> {
        let size = self.ld(heap + HEAP_SIZE)?.wrapping_sub(bytes);
        if (size as i64) < self.lib.rules.heap_info_bytes as i64 {
            return Ok(false);
        }
        if self.lib.config.overcommit_memory == 2 {
            if self.os.mmap(heap + size, bytes, PROT_NONE, MAP_PRIVATE_ANON | MAP_FIXED).is_err() {
                return Ok(false);
            }
            self.st(heap + HEAP_MPROTECT_SIZE, size)?;
        } else {
            let _ = self.os.madvise(heap + size, bytes, MADV_DONTNEED);
        }
        self.st(heap + HEAP_SIZE, size)?;
        Ok(true)
    }

    /// `sysmalloc` for an arena other than the main one: its heap grows, or it gets another heap.
    pub(super) fn extend_heap(&mut self, arena: u64, nb: u64, old: OldTop) -> Res<bool> {
        let heap = heap_for_ptr(old.chunk);
        let before = self.ld(heap + HEAP_SIZE)?;
        let lack = MINSIZE.wrapping_add(nb).wrapping_sub(old.size);
        if lack as i64 > 0 && self.grow_heap(heap, lack)? {
            let size = self.ld(heap + HEAP_SIZE)?;
            self.add_system_mem(arena, size.wrapping_sub(before))?;
            self.set_head(old.chunk, heap.wrapping_add(size).wrapping_sub(old.chunk) | PREV_INUSE)?;
            return Ok(true);
        }
        let need = nb.wrapping_add(MINSIZE + self.lib.rules.heap_info_bytes);
        let Some(new) = self.new_heap(need, self.lib.par.top_pad)? else { return Ok(false) };
        self.st(new, arena)?;
        self.st(new + HEAP_PREV, heap)?;
        let size = self.ld(new + HEAP_SIZE)?;
        self.add_system_mem(arena, size)?;
        self.st(arena.wrapping_add(TOP), new + self.lib.rules.heap_info_bytes)?;
        self.st(
            new + self.lib.rules.heap_info_bytes + SIZE,
            (size - self.lib.rules.heap_info_bytes) | PREV_INUSE,
        )?;
        self.fence_old_heap(arena, old)?;
        Ok(true)
    }

    /// Ends the full heap with a chunk that is always in use and frees the rest of its top.
    fn fence_old_heap(&mut self, arena: u64, old: OldTop) -> Res<()> {
        let size = old.size.wrapping_sub(MINSIZE) & !MALLOC_ALIGN_MASK;
        let fence = old.chunk.wrapping_add(size);
        self.set_head(fence.wrapping_add(CHUNK_HDR_SZ), PREV_INUSE)?;
        if size >= MINSIZE {
            self.set_head(fence, CHUNK_HDR_SZ | PREV_INUSE)?;
            self.set_foot(fence, CHUNK_HDR_SZ)?;
            self.set_head(old.chunk, size | PREV_INUSE | NON_MAIN_ARENA)?;
            return self.int_free(arena, old.chunk, true);
        }
        self.set_head(old.chunk, (size + CHUNK_HDR_SZ) | PREV_INUSE)?;
        self.set_foot(old.chunk, size + CHUNK_HDR_SZ)
    }
}
