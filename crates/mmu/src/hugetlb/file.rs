//! Files of pool pages: made, sized, read, filled (Linux: `fs/hugetlbfs/inode.c`). They cannot be written but by mapping them.

use super::HugeFile;
use crate::access::AccessError;
use crate::file::read::{IoError, IoResult};
use crate::ids::{FileId, InodeId};
use crate::phys::host::PIECE_BYTES;
use crate::{Backing, Machine, OpenMode, Pfn, VirtAddr};
use std::collections::{BTreeMap, BTreeSet};

/// No free page that was not promised to others is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the pool of huge pages is empty")]
pub struct PoolEmpty;

impl Machine {
    /// Makes a file of `bytes` bytes of pages of `level` (1: 2 MiB, 2: 1 GiB) without a name, and opens it: the caller has the only
    /// reference (Linux: `hugetlb_file_setup`).
    pub fn hugetlb_file_setup(&mut self, level: u32, bytes: u64) -> FileId {
        let inode = self.new_inode(Backing::Hugetlb);
        self.files.inode_mut(inode).size = bytes;
        let file = self.open_file(inode, OpenMode::READ | OpenMode::WRITE);
        self.files.inode_mut(inode).refs -= 1;
        self.hugetlb
            .files
            .insert(inode, HugeFile { level, reserved: BTreeSet::new(), pages: BTreeMap::new() });
        file
    }

    /// The level of the entries of a file's pages, if these are of a pool.
    pub fn hugetlb_file_level(&self, file: FileId) -> Option<u32> {
        self.hugetlb.files.get(&self.files.file(file).inode).map(|huge| huge.level)
    }

    /// Fills the bytes `start..end`, rounded outwards to pages, from the pool: promised pages first. Without `keep_size` the file
    /// reaches to `end` then (Linux: `hugetlbfs_fallocate`).
    ///
    /// # Errors
    /// If the pool is empty; the pages before have come.
    pub fn hugetlb_fallocate(
        &mut self,
        inode: InodeId,
        start: u64,
        end: u64,
        keep_size: bool,
    ) -> Result<(), PoolEmpty> {
        let Some(HugeFile { level, .. }) = self.hugetlb.files.get(&inode) else { return Ok(()) };
        let (level, span) = (*level, self.config.format.span(*level));
        for index in start / span..end.div_ceil(span) {
            if self.hugetlb_page(inode, index).is_none() {
                self.hugetlb_fill(inode, level, index).ok_or(PoolEmpty)?;
            }
        }
        let inode = self.files.inode_mut(inode);
        inode.size = if keep_size { inode.size } else { inode.size.max(end) };
        Ok(())
    }

    /// The page that a file has at `index`.
    pub(super) fn hugetlb_page(&self, inode: InodeId, index: u64) -> Option<Pfn> {
        self.hugetlb.files.get(&inode)?.pages.get(&index).copied()
    }

    /// Gives a file a page of zeroes that it does not have; None if the pool is empty.
    pub(super) fn hugetlb_fill(&mut self, inode: InodeId, level: u32, index: u64) -> Option<Pfn> {
        let promised = self.hugetlb.files.get_mut(&inode)?.reserved.remove(&index);
        let pfn = self.hugetlb_take(level, promised)?;
        self.hugetlb.zeroed_pages += 1 << (self.config.format.index_bits * level);
        self.hugetlb.cached.insert(pfn);
        self.hugetlb.files.get_mut(&inode)?.pages.insert(index, pfn);
        Some(pfn)
    }

    /// Copies up to `len` bytes at `pos` to user memory; what is not there reads as zeroes (Linux: `hugetlbfs_read_iter`).
    pub(crate) fn hugetlb_read(&mut self, inode: InodeId, pos: u64, addr: u64, len: u64) -> IoResult {
        let end = pos.saturating_add(len).min(self.files.inode(inode).size);
        let mut done = IoResult::default();
        while pos + done.bytes < end && done.error.is_none() {
            let at = pos + done.bytes;
            match self.hugetlb_read_piece(inode, at, VirtAddr::new(addr.wrapping_add(done.bytes)), end - at) {
                Ok(bytes) => done.bytes += bytes,
                Err(error) => done.error = Some(IoError::Fault(error)),
            }
        }
        done
    }

    /// Copies what one base page of the file and one of the user hold of `left` bytes: how many.
    fn hugetlb_read_piece(
        &mut self,
        inode: InodeId,
        at: u64,
        to: VirtAddr,
        left: u64,
    ) -> Result<u64, AccessError> {
        let (from, into) = (self.page_offset(at), self.page_offset(to.get()));
        let part = left.min(self.page_size() - from).min(self.page_size() - into).min(PIECE_BYTES as u64);
        let mut bytes = [0; PIECE_BYTES];
        let bytes = &mut bytes[..part as usize];
        if let Some(pfn) = self.hugetlb_frame(inode, at) {
            self.phys.host().read(pfn, from as usize, bytes);
        }
        self.copy_to_user(to, bytes)?;
        Ok(part)
    }

    /// The frame that holds byte `at` of a file.
    pub(super) fn hugetlb_frame(&self, inode: InodeId, at: u64) -> Option<Pfn> {
        let huge = self.hugetlb.files.get(&inode)?;
        let span = self.config.format.span(huge.level);
        Some(*huge.pages.get(&(at / span))? + ((at % span) >> self.page_shift()) as u32)
    }
}
