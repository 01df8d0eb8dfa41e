//! `heap_trim`: giving back an arena's empty last heaps and the end of its top.

use crate::Os;
use crate::abort::Assertion;

use super::call::{Call, Res};
use super::chunk::{CHUNK_HDR_SZ, MALLOC_ALIGN_MASK, MINSIZE, PREV_INUSE, align_down, chunksize};
use super::heap::{HEAP_MAX_SIZE, HEAP_PREV, HEAP_SIZE};

/// What the fencepost of a heap takes.
const FENCE: u64 = MINSIZE - CHUNK_HDR_SZ;

impl<O: Os> Call<'_, O> {
    /// `heap_trim` of the heap that holds the arena's top; `pad` bytes of top stay.
    pub(super) fn heap_trim(&mut self, heap: u64, pad: u64) -> Res<()> {
        let arena = self.ld(heap)?;
        let mut heap = heap;
        let mut top = self.top(arena)?;
        while top == heap.wrapping_add(self.lib.rules.heap_info_bytes) {
            self.step()?;
            let Some((before, chunk)) = self.drop_heap(arena, heap, pad)? else { break };
            (heap, top) = (before, chunk);
        }
        self.trim_heap_top(arena, heap, top, pad)
    }

    /// Unmaps a heap that is all top, unless the one before has no room; the end of that one becomes the top.
    fn drop_heap(&mut self, arena: u64, heap: u64, pad: u64) -> Res<Option<(u64, u64)>> {
        let before = self.ld(heap.wrapping_add(HEAP_PREV))?;
        let before_size = self.ld(before.wrapping_add(HEAP_SIZE))?;
        let fence = before.wrapping_add(before_size.wrapping_sub(FENCE));
        let misalign = fence & MALLOC_ALIGN_MASK;
        let (chunk, word, size) = self.end_of_heap(fence - misalign, misalign)?;
        if size.wrapping_add(HEAP_MAX_SIZE.wrapping_sub(before_size))
            < pad.wrapping_add(MINSIZE + self.os.page_size())
        {
            return Ok(None);
        }
        let heap_size = self.ld(heap.wrapping_add(HEAP_SIZE))?;
        self.add_system_mem(arena, heap_size.wrapping_neg())?;
        if heap.wrapping_add(HEAP_MAX_SIZE) == self.lib.aligned_heap_area {
            self.lib.aligned_heap_area = 0;
        }
        let _ = self.os.munmap(heap, HEAP_MAX_SIZE);
        let chunk = self.take_last_free(chunk, word)?;
        let end = chunk.wrapping_add(size);
        if end & (self.os.page_size() - 1) != 0 {
            return Err(self.fail(Assertion::TrimPage));
        }
        if end != before.wrapping_add(before_size) {
            return Err(self.fail(Assertion::TrimHeapEnd));
        }
        self.set_top(arena, chunk)?;
        self.set_head(chunk, size | PREV_INUSE)?;
        Ok(Some((before, chunk)))
    }

    /// The chunk before the fencepost, its size word, and what would be top with it: fence and the free chunk before.
    fn end_of_heap(&mut self, fence: u64, misalign: u64) -> Res<(u64, u64, u64)> {
        if self.size_word(fence)? != PREV_INUSE {
            return Err(self.fail(Assertion::TrimFencepost));
        }
        let chunk = fence.wrapping_sub(self.prev_size(fence)?);
        let word = self.size_word(chunk)?;
        let mut size = chunksize(word).wrapping_add(FENCE + misalign);
        if size as i64 <= 0 || size >= 2 * MINSIZE {
            return Err(self.fail(Assertion::TrimFencepostSize));
        }
        if word & PREV_INUSE == 0 {
            size = size.wrapping_add(self.prev_size(chunk)?);
        }
        if size as i64 <= 0 || size >= HEAP_MAX_SIZE {
            return Err(self.fail(Assertion::TrimNewSize));
        }
        Ok((chunk, word, size))
    }

    fn take_last_free(&mut self, chunk: u64, word: u64) -> Res<u64> {
        if word & PREV_INUSE != 0 {
            return Ok(chunk);
        }
        let free = chunk.wrapping_sub(self.prev_size(chunk)?);
        self.unlink_chunk(free)?;
        Ok(free)
    }

    fn trim_heap_top(&mut self, arena: u64, heap: u64, top: u64, pad: u64) -> Res<()> {
        let size = self.chunksize(top)?;
        let spare = size.wrapping_sub(MINSIZE + 1);
        if size < self.lib.par.trim_threshold || (spare as i64) < 0 || spare <= pad {
            return Ok(());
        }
        let extra = align_down(spare - pad, self.os.page_size());
        if extra == 0 || !self.shrink_heap(heap, extra)? {
            return Ok(());
        }
        self.add_system_mem(arena, extra.wrapping_neg())?;
        self.set_head(top, size.wrapping_sub(extra) | PREV_INUSE)
    }
}
