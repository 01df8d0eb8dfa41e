//! Bringing a page's bytes from the store into its frame. A page that was read in and never looked at takes no host memory: its
//! frame is marked ON_STORE until somebody maps, reads or changes it.

use crate::ids::InodeId;
use crate::phys::FrameFlags;
use crate::{Machine, Pfn};

impl Machine {
    /// Fills a frame that is ON_STORE with its bytes. To be called before a file page is mapped, read or changed.
    pub fn bring_in(&mut self, pfn: Pfn) {
        let frame = self.phys.frame_mut(pfn);
        if !frame.has(FrameFlags::ON_STORE) {
            return;
        }
        frame.remove(FrameFlags::ON_STORE);
        let (inode, index) = (InodeId(frame.mapping), frame.index());
        if let Some(bytes) = self.files.inode(inode).store.read(index) {
            self.phys.host_mut().write(pfn, 0, &bytes);
        }
    }

    /// Marks the pages of a folio as read from the store, and up to date.
    pub(crate) fn read_folio(&mut self, head: Pfn) {
        for i in 0..self.folio_nr_pages(head) {
            self.phys.frame_mut(head + i).insert(FrameFlags::ON_STORE);
        }
        self.phys.frame_mut(head).remove(FrameFlags::NOT_UPTODATE);
    }

    /// Whether the folio that begins with `head` holds the file's content.
    pub(crate) fn folio_uptodate(&self, head: Pfn) -> bool {
        !self.phys.frame(head).has(FrameFlags::NOT_UPTODATE)
    }

    /// Zeroes the bytes of a page from `from` to before `to`.
    pub(crate) fn zero_page_range(&mut self, pfn: Pfn, from: usize, to: usize) {
        self.bring_in(pfn);
        self.phys.host_mut().fill(pfn, from, to - from, 0);
    }
}
