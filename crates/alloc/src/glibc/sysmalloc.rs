//! `sysmalloc`: more memory from the system: a mapping for a large request, the break for the main arena, heaps for others.

use crate::abort::Assertion;
use crate::{Abort, MAP_PRIVATE_ANON, Os, PROT_READ_WRITE};

use super::call::{Call, Res};
use super::chunk::{
    CHUNK_HDR_SZ, MALLOC_ALIGN_MASK, MALLOC_ALIGNMENT, MINSIZE, PREV_INUSE, align_up, chunk2mem, chunksize,
    misaligned,
};
use super::state::{MAIN_ARENA, MAX_SYSTEM_MEM, NO_ARENA, initial_top};

/// `MMAP_AS_MORECORE_SIZE`.
const MMAP_AS_MORECORE_SIZE: u64 = 1 << 20;

/// New memory for the main arena.
struct Core {
    start: u64,
    bytes: u64,
    /// It is a mapping; sbrk has nothing to do with its end.
    mapped: bool,
}

/// The top before more memory came.
#[derive(Clone, Copy)]
pub(super) struct OldTop {
    pub(super) chunk: u64,
    pub(super) size: u64,
}

impl<O: Os> Call<'_, O> {
    /// `sysmalloc`: the block, or 0.
    #[cold]
    pub(super) fn sysmalloc(&mut self, nb: u64, arena: u64) -> Res<u64> {
        let par = &self.lib.par;
        let try_mmap = arena == NO_ARENA || (nb >= par.mmap_threshold && par.n_mmaps < par.n_mmaps_max);
        if try_mmap {
            let mem = self.sysmalloc_mmap(nb)?;
            if mem != 0 || arena == NO_ARENA {
                return Ok(mem);
            }
        }
        let old = self.old_top(arena, nb)?;
        if arena == MAIN_ARENA {
            self.extend_main(nb, old)?;
        } else {
            let grown = self.extend_heap(arena, nb, old)?;
            if !grown && !try_mmap {
                let mem = self.sysmalloc_mmap(nb)?;
                if mem != 0 {
                    return Ok(mem);
                }
            }
        }
        self.cut_new_top(arena, nb)
    }

    /// The top as it is, which must not have served the request.
    fn old_top(&mut self, arena: u64, nb: u64) -> Res<OldTop> {
        let chunk = self.top(arena)?;
        let word = self.size_word(chunk)?;
        let size = chunksize(word);
        let end = chunk.wrapping_add(size);
        let initial = chunk == initial_top(arena) && size == 0;
        let whole = size >= MINSIZE && word & PREV_INUSE != 0 && end & (self.os.page_size() - 1) == 0;
        if !initial && !whole {
            return Err(self.fail(Assertion::OldTop));
        }
        if size >= nb.wrapping_add(MINSIZE) {
            return Err(self.fail(Assertion::OldTopTooLarge));
        }
        Ok(OldTop { chunk, size })
    }

    /// The last part of `sysmalloc`: cuts the block off the top, if that has become large enough.
    fn cut_new_top(&mut self, arena: u64, nb: u64) -> Res<u64> {
        let system_mem = self.system_mem(arena)?;
        if system_mem > self.ld(arena.wrapping_add(MAX_SYSTEM_MEM))? {
            self.st(arena.wrapping_add(MAX_SYSTEM_MEM), system_mem)?;
        }
        let top = self.top(arena)?;
        let size = self.chunksize(top)?;
        if size < nb.wrapping_add(MINSIZE) {
            return Ok(0);
        }
        self.cut_top(arena, top, size, nb)?;
        Ok(chunk2mem(top))
    }

    fn extend_main(&mut self, nb: u64, old: OldTop) -> Res<()> {
        let contiguous = self.contiguous(MAIN_ARENA)?;
        let Some(core) = self.more_core(nb, old.size, contiguous)? else { return Ok(()) };
        self.add_system_mem(MAIN_ARENA, core.bytes)?;
        let old_end = old.chunk.wrapping_add(old.size);
        if core.start == old_end && !core.mapped {
            return self.set_head(old.chunk, core.bytes.wrapping_add(old.size) | PREV_INUSE);
        }
        if self.contiguous(MAIN_ARENA)? && old.size != 0 && core.start < old_end {
            return Err(self.fail(Abort::BreakAdjusted));
        }
        self.start_new_top(&core, old)
    }

    /// sbrk for what top lacks; failing that, a mapping, after which the arena is contiguous no more.
    fn more_core(&mut self, nb: u64, old_size: u64, contiguous: bool) -> Res<Option<Core>> {
        let need = nb.wrapping_add(self.lib.par.top_pad).wrapping_add(MINSIZE);
        let lack = if contiguous { need.wrapping_sub(old_size) } else { need };
        let bytes = align_up(lack, self.os.page_size());
        if bytes as i64 > 0
            && let Some(start) = self.sbrk(bytes as i64)
        {
            return Ok(Some(Core { start, bytes, mapped: false }));
        }
        let page = self.os.page_size();
        let (least, unit) = match self.lib.rules.swapped_fallback {
            true => (page, MMAP_AS_MORECORE_SIZE),
            false => (MMAP_AS_MORECORE_SIZE, page),
        };
        let bytes = if contiguous { align_up(bytes.wrapping_add(old_size), unit) } else { bytes };
        let bytes = bytes.max(least);
        if bytes <= nb {
            return Ok(None);
        }
        let Ok(start) = self.os.mmap(0, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANON) else { return Ok(None) };
        self.set_noncontiguous(MAIN_ARENA)?;
        Ok(Some(Core { start, bytes, mapped: true }))
    }

    /// The new memory does not continue the old: it becomes the top, and the old top is fenced off and freed.
    fn start_new_top(&mut self, core: &Core, old: OldTop) -> Res<()> {
        let (start, end) = if self.contiguous(MAIN_ARENA)? {
            self.correct_core(core, old)?
        } else {
            if misaligned(core.start) {
                return Err(self.fail(Assertion::BreakAligned));
            }
            let end = if core.mapped { Some(core.start.wrapping_add(core.bytes)) } else { self.sbrk(0) };
            (core.start, end)
        };
        let Some(end) = end else { return Ok(()) };
        self.lib.regions.push(start);
        self.set_top(MAIN_ARENA, start)?;
        self.set_head(start, end.wrapping_sub(start) | PREV_INUSE)?;
        if old.size == 0 { Ok(()) } else { self.fence_old_top(old) }
    }

    /// Somebody else moved the break: aligns the start, and asks for as much again as top had, up to a page's end.
    fn correct_core(&mut self, core: &Core, old: OldTop) -> Res<(u64, Option<u64>)> {
        if old.size != 0 {
            let foreign = core.start.wrapping_sub(old.chunk.wrapping_add(old.size));
            self.add_system_mem(MAIN_ARENA, foreign)?;
        }
        let misalign = chunk2mem(core.start) & MALLOC_ALIGN_MASK;
        let skip = if misalign > 0 { MALLOC_ALIGNMENT - misalign } else { 0 };
        let start = core.start.wrapping_add(skip);
        let end = core.start.wrapping_add(core.bytes).wrapping_add(skip).wrapping_add(old.size);
        let correction = align_up(end, self.os.page_size()).wrapping_sub(core.start.wrapping_add(core.bytes));
        if (correction as i64) < 0 {
            return Err(self.fail(Assertion::Correction));
        }
        match self.sbrk(correction as i64) {
            Some(second) => {
                self.add_system_mem(MAIN_ARENA, correction)?;
                Ok((start, Some(second.wrapping_add(correction))))
            }
            None => Ok((start, self.sbrk(0))),
        }
    }

    /// Two small chunks that are always in use end the old top, so that nothing merges across; the rest is freed.
    fn fence_old_top(&mut self, old: OldTop) -> Res<()> {
        let size = old.size.wrapping_sub(2 * CHUNK_HDR_SZ) & !MALLOC_ALIGN_MASK;
        self.set_head(old.chunk, size | PREV_INUSE)?;
        let fence = old.chunk.wrapping_add(size);
        self.set_head(fence, CHUNK_HDR_SZ | PREV_INUSE)?;
        self.set_head(fence.wrapping_add(CHUNK_HDR_SZ), CHUNK_HDR_SZ | PREV_INUSE)?;
        if size >= MINSIZE { self.int_free(MAIN_ARENA, old.chunk, true) } else { Ok(()) }
    }
}
