//! Bringing a page's bytes from the store into its frame. A page that was read in and never looked at takes no host memory: its
//! frame is marked ON_STORE until somebody maps, reads or changes it.

use crate::ids::InodeId;
use crate::phys::FrameFlags;
use crate::{DeviceOp, Machine, Pfn};

/// What reading a folio from the disk costs on the modelled clock.
const READ_NS: u64 = 60_000;

impl Machine {
    /// Fills a frame that is ON_STORE with its bytes. To be called before a file page is mapped, read or changed.
    pub fn bring_in(&mut self, pfn: Pfn) {
        let frame = self.phys.frame_mut(pfn);
        if !frame.has(FrameFlags::ON_STORE) {
            return;
        }
        frame.remove(FrameFlags::ON_STORE);
        let (inode, index) = (InodeId(frame.mapping), frame.index());
        match self.files.inode(inode).store.read(index) {
            Some(bytes) => self.phys.host_mut().write(pfn, 0, &bytes),
            None => self.phys.host_mut().drop_data(pfn),
        }
    }

    /// Makes a folio hold the file's content: those of its pages that do not yet are read from the store, lazily
    /// (`filemap_read_folio`).
    pub(crate) fn read_folio(&mut self, head: Pfn) {
        if !self.folio_uptodate(head) {
            self.clock.advance(READ_NS);
        }
        (0..self.folio_nr_pages(head)).for_each(|i| self.read_page(head + i));
    }

    /// Brings in all pages of the folio that `pfn` belongs to: they may be mapped together.
    pub(crate) fn bring_in_folio(&mut self, pfn: Pfn) {
        let head = self.folio_head(pfn);
        (0..self.folio_nr_pages(head)).for_each(|i| self.bring_in(head + i));
    }

    /// The same for one page of a folio (`ext4_read_bh`). Where the device fails, the page is as before.
    pub(crate) fn read_page(&mut self, pfn: Pfn) {
        let unread = self.phys.frame(pfn).has(FrameFlags::NOT_UPTODATE);
        if unread && self.has_block(pfn) && self.device_faults.strikes(DeviceOp::FileRead) {
            return;
        }
        let frame = self.phys.frame_mut(pfn);
        if unread {
            frame.set(
                FrameFlags::ON_STORE,
                !frame.has(FrameFlags::BLOCK_READ) || frame.has(FrameFlags::ON_STORE),
            );
            frame.remove(FrameFlags::NOT_UPTODATE | FrameFlags::BLOCK_READ);
        }
    }

    /// Whether all pages of the folio that begins with `head` hold the file's content.
    pub(crate) fn folio_uptodate(&self, head: Pfn) -> bool {
        (0..self.folio_nr_pages(head)).all(|i| !self.phys.frame(head + i).has(FrameFlags::NOT_UPTODATE))
    }

    /// Whether a cached page counts as in memory: its folio holds the file's content.
    pub fn page_uptodate(&self, pfn: Pfn) -> bool {
        self.folio_uptodate(self.folio_head(pfn))
    }

    /// Whether a cached page has a block on the device, allocated or reserved; else it is a hole.
    pub(super) fn has_block(&self, pfn: Pfn) -> bool {
        let frame = self.phys.frame(pfn);
        let store = &self.files.inode(InodeId(frame.mapping)).store;
        frame.has(FrameFlags::BLOCK_RESERVED) || store.is_allocated(frame.index())
    }

    /// Reserves a block for a page that has none (`ext4_da_get_block_prep`).
    pub(super) fn reserve_block(&mut self, pfn: Pfn) {
        if !self.has_block(pfn) {
            self.phys.frame_mut(pfn).insert(FrameFlags::BLOCK_RESERVED);
        }
    }

    /// Zeroes the bytes of a page from `from` to before `to`.
    pub(crate) fn zero_page_range(&mut self, pfn: Pfn, from: usize, to: usize) {
        self.bring_in(pfn);
        self.phys.host_mut().fill(pfn, from, to - from, 0);
    }
}
