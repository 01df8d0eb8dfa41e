//! `malloc_trim`: whole pages inside free chunks are dropped, then the main arena's top is cut.

use crate::abort::Assertion;
use crate::{MADV_DONTNEED, Os};

use super::bins::bin_index;
use super::call::{Call, Res};
use super::chunk::{BK, CHUNK_HDR_SZ, CHUNK_STRUCT_SZ, align_down, align_up, chunk2mem};
use super::state::{MAIN_ARENA, NBINS, bin_at};

impl<O: Os> Call<'_, O> {
    /// `__malloc_trim`: was anything given back?
    pub(super) fn malloc_trim(&mut self, pad: u64) -> Res<bool> {
        if !self.lib.initialized {
            self.ptmalloc_init();
        }
        let mut trimmed = false;
        self.for_each_arena(|call, arena| {
            trimmed |= call.mtrim(arena, pad)?;
            Ok(())
        })?;
        Ok(trimmed)
    }

    fn mtrim(&mut self, arena: u64, pad: u64) -> Res<bool> {
        self.malloc_consolidate(arena)?;
        let mut trimmed = false;
        for index in std::iter::once(1).chain(bin_index(self.os.page_size())..NBINS) {
            let bin = bin_at(arena, index);
            let mut chunk = self.ld(bin.wrapping_add(BK))?;
            while chunk != bin {
                self.step()?;
                trimmed |= self.drop_pages(chunk)?;
                chunk = self.ld(chunk.wrapping_add(BK))?;
            }
        }
        if arena == MAIN_ARENA {
            trimmed |= self.systrim(pad)?;
        }
        Ok(trimmed)
    }

    /// Drops the whole pages of a free chunk behind its links.
    fn drop_pages(&mut self, chunk: u64) -> Res<bool> {
        let size = self.chunksize(chunk)?;
        if size <= self.os.page_size() - 1 + CHUNK_STRUCT_SZ {
            return Ok(false);
        }
        let start = align_up(chunk.wrapping_add(CHUNK_STRUCT_SZ), self.os.page_size());
        if chunk2mem(chunk).wrapping_add(2 * CHUNK_HDR_SZ) > start {
            return Err(self.fail(Assertion::MtrimStart));
        }
        if chunk.wrapping_add(size) <= start {
            return Err(self.fail(Assertion::MtrimEnd));
        }
        let bytes = align_down(chunk.wrapping_add(size).wrapping_sub(start), self.os.page_size());
        if bytes == 0 {
            return Ok(false);
        }
        let _ = self.os.madvise(start, bytes, MADV_DONTNEED);
        Ok(true)
    }
}
