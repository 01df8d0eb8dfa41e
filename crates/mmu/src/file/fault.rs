//! What a page fault finds in a file: the page, from the cache or read for it, or that there is none (Linux: `filemap_fault`,
//! `filemap_map_pages`, `ext4_page_mkwrite`).
//!
//! Page tables are the fault handler's; here the page cache is brought into the state after the fault.

use super::Backing;
use crate::ids::{FileId, InodeId};
use crate::phys::{FrameFlags, OutOfFrames};
use crate::{Machine, Pfn, Vma};

/// The answer to a fault on a page of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFault {
    /// The page is in the cache, up to date, with its bytes in its frame.
    Page {
        /// Its frame.
        pfn: Pfn,
        /// It had to be read (VM_FAULT_MAJOR).
        major: bool,
        /// The lock was dropped for input, so Linux runs the whole fault again (VM_FAULT_RETRY); a read then maps the pages
        /// around, too.
        retry: bool,
        /// tmpfs made the page for this fault.
        new: bool,
    },
    /// Beyond the end of the file, or the device failed (VM_FAULT_SIGBUS).
    Sigbus,
    /// No memory (VM_FAULT_OOM).
    Oom,
}

impl Machine {
    /// Answers a fault on page `index` of the file behind `vma` (Linux: `vm_ops->fault`); one that was `tried` before, and waited
    /// for input, leaves readahead marks alone.
    pub fn file_fault(&mut self, vma: &Vma, index: u64, tried: bool) -> FileFault {
        let (Some(file), Some(inode)) = (vma.file, vma.inode) else { return FileFault::Sigbus };
        match self.files.inode(inode).backing {
            Backing::Ext4 => self.filemap_fault(vma, (file, inode), index, tried),
            Backing::Shmem => self.shmem_fault(inode, index),
            Backing::Hugetlb => FileFault::Sigbus,
        }
    }

    /// The page that a fault nearby may map along, with the bytes of its folio.
    pub fn filemap_map_page(&mut self, inode: InodeId, index: u64) -> Option<Pfn> {
        let pfn = self.mappable_page(inode, index)?;
        self.bring_in_folio(pfn);
        Some(pfn)
    }

    /// Whether a fault nearby may map page `index` along (Linux: `next_uptodate_folio`): cached, up to date, before the end of
    /// the file and without a readahead mark.
    pub(crate) fn mappable_page(&self, inode: InodeId, index: u64) -> Option<Pfn> {
        let within = index < self.files.inode(inode).size_pages();
        let pfn = self.find_page(inode, index).filter(|_| within)?;
        let head = self.folio_head(pfn);
        let marked = self.phys.frame(head).has(FrameFlags::READAHEAD);
        (!marked && self.folio_uptodate(head)).then_some(pfn)
    }

    /// Tells the file's readahead that mapping around a fault found `hits` pages in the cache.
    pub fn filemap_map_hits(&mut self, file: FileId, hits: u32) {
        let ra = &mut self.files.file_mut(file).ra;
        ra.mmap_miss = ra.mmap_miss.saturating_sub(hits);
    }

    /// A store goes to a clean page of a shared mapping (Linux: `page_mkwrite`): the page is dirty from now on.
    pub fn page_mkwrite(&mut self, pfn: Pfn) {
        let head = self.folio_head(pfn);
        self.file_update_time(self.page_inode(head));
        (0..self.folio_nr_pages(head)).for_each(|i| self.reserve_block(head + i));
        self.folio_mark_dirty(pfn);
        self.balance_dirty_pages();
    }

    /// Whether stores to clean pages of this file must fault first, to mark them dirty (Linux: `vma_wants_writenotify`).
    pub fn wants_write_notify(&self, inode: InodeId) -> bool {
        self.files.inode(inode).backing == Backing::Ext4
    }

    fn filemap_fault(
        &mut self,
        vma: &Vma,
        (file, inode): (FileId, InodeId),
        index: u64,
        tried: bool,
    ) -> FileFault {
        if index >= self.files.inode(inode).size_pages() {
            return FileFault::Sigbus;
        }
        let mut retry = false;
        let major = match self.find_page(inode, index) {
            Some(_) if tried => false,
            Some(pfn) => {
                retry |= self.async_mmap_readahead(file, vma.flags, pfn, index);
                false
            }
            None => {
                retry |= self.sync_mmap_readahead(file, vma, index);
                true
            }
        };
        match self.filemap_grab(inode, index) {
            Ok((pfn, _)) if !self.page_uptodate(pfn) => FileFault::Sigbus,
            Ok((pfn, read)) => FileFault::Page { pfn, major, retry: retry || read, new: false },
            Err(OutOfFrames) => FileFault::Oom,
        }
    }

    /// The page, up to date unless the device failed, made and read if readahead has not done so (Linux: `filemap_read_folio`), and whether it was.
    fn filemap_grab(&mut self, inode: InodeId, index: u64) -> Result<(Pfn, bool), OutOfFrames> {
        let pfn = self.grab_page(inode, index)?;
        let head = self.folio_head(pfn);
        let read = !self.folio_uptodate(head);
        if read {
            self.read_folio(head);
        }
        if self.folio_uptodate(head) {
            self.bring_in_folio(pfn);
        }
        Ok((pfn, read))
    }
}
