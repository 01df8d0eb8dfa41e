//! Chunks that are mappings of their own (`sysmalloc_mmap`, `munmap_chunk`, `mremap_chunk`).
//!
//! Such a chunk's `prev_size` is its offset in the mapping, which memalign leaves.

use crate::abort::Assertion;
use crate::{Abort, MAP_PRIVATE_ANON, MREMAP_MAYMOVE, Os, PROT_READ_WRITE};

use super::call::{Call, Res};
use super::chunk::{IS_MMAPPED, SIZE_SZ, align_up, chunk2mem, misaligned};

impl<O: Os> Call<'_, O> {
    /// `sysmalloc_mmap`: the block, or 0.
    pub(super) fn sysmalloc_mmap(&mut self, nb: u64) -> Res<u64> {
        let bytes = align_up(nb.wrapping_add(SIZE_SZ), self.os.page_size());
        if bytes <= nb {
            return Ok(0);
        }
        let Ok(chunk) = self.os.mmap(0, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANON) else { return Ok(0) };
        self.st(chunk, 0)?;
        self.set_head(chunk, bytes | IS_MMAPPED)?;
        self.lib.par.note_mmap(bytes);
        Ok(chunk2mem(chunk))
    }

    /// The mapping of a chunk and its length, if it fills whole pages and the block is where memalign would have put it.
    fn mapping_of(&mut self, chunk: u64, wrong: Abort) -> Res<(u64, u64)> {
        let offset = self.prev_size(chunk)?;
        let bytes = offset.wrapping_add(self.chunksize(chunk)?);
        let start = chunk.wrapping_sub(offset);
        let in_page = chunk2mem(chunk) & (self.os.page_size() - 1);
        if (start | bytes) & (self.os.page_size() - 1) != 0 || in_page & in_page.wrapping_sub(1) != 0 {
            return Err(self.fail(wrong));
        }
        Ok((start, bytes))
    }

    /// `munmap_chunk`.
    pub(super) fn munmap_chunk(&mut self, chunk: u64) -> Res<()> {
        if self.size_word(chunk)? & IS_MMAPPED == 0 {
            return Err(self.fail(Assertion::MunmapMapped));
        }
        let (start, bytes) = self.mapping_of(chunk, Abort::MunmapPointer)?;
        self.lib.par.n_mmaps = self.lib.par.n_mmaps.wrapping_sub(1);
        self.lib.par.mmapped_mem = self.lib.par.mmapped_mem.wrapping_sub(bytes);
        // A failure leaves the mapping where it is, as in glibc.
        let _ = self.os.munmap(start, bytes);
        Ok(())
    }

    /// `mremap_chunk`: the chunk's new address, or 0.
    pub(super) fn mremap_chunk(&mut self, chunk: u64, nb: u64) -> Res<u64> {
        let (start, old) = self.mapping_of(chunk, Abort::MremapPointer)?;
        let offset = chunk.wrapping_sub(start);
        let new = align_up(nb.wrapping_add(offset).wrapping_add(SIZE_SZ), self.os.page_size());
        if old == new {
            return Ok(chunk);
        }
        let Ok(moved) = self.os.mremap(start, old, new, MREMAP_MAYMOVE) else { return Ok(0) };
        let chunk = moved.wrapping_add(offset);
        if misaligned(chunk2mem(chunk)) {
            return Err(self.fail(Assertion::MremapAligned));
        }
        if self.prev_size(chunk)? != offset {
            return Err(self.fail(Assertion::MremapOffset));
        }
        self.set_head(chunk, new.wrapping_sub(offset) | IS_MMAPPED)?;
        self.lib.par.note_mmapped(new.wrapping_sub(old));
        Ok(chunk)
    }
}
