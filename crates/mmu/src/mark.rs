//! Marks on pages: used, stored to (Linux: `folio_mark_accessed`, `folio_mark_dirty`).

use crate::phys::FrameFlags;
use crate::rmap::head_of;
use crate::{InodeId, Machine, Pfn};

impl Machine {
    /// The page was used: referenced at first, active when used again (Linux: `folio_mark_accessed`).
    pub(crate) fn folio_mark_accessed(&mut self, pfn: Pfn) {
        let head = head_of(&self.phys, pfn);
        let frame = self.phys.frame_mut(head);
        if !frame.has(FrameFlags::REFERENCED) {
            frame.insert(FrameFlags::REFERENCED);
        } else if !frame.has(FrameFlags::MLOCKED) && !frame.has(FrameFlags::ACTIVE) {
            frame.remove(FrameFlags::REFERENCED);
            self.phys.activate(head);
        }
    }

    /// Pages that a call has used twice are active after it, not yet in it: they wait in a batch. (Where a pool's lists are kept,
    /// `reclaim` keeps the batch.) So do those that it has locked or unlocked.
    #[inline]
    pub fn activate_waiting(&mut self) {
        self.phys.activate_waiting();
        self.mlock_drain();
    }

    /// Leaves a file's cached pages as those of a program that was run time and again: active and referenced.
    pub fn use_often(&mut self, inode: InodeId) {
        let heads = self.folios_in(inode, 0, u64::MAX);
        for _ in 0..2 {
            heads.iter().for_each(|&head| self.folio_mark_accessed(head));
        }
        self.activate_waiting();
        heads.into_iter().for_each(|head| self.folio_mark_accessed(head));
    }

    /// The page differs from what is on its device; a readahead mark on it is lost.
    pub(crate) fn folio_mark_dirty(&mut self, pfn: Pfn) {
        let head = head_of(&self.phys, pfn);
        self.phys.frame_mut(head).remove(FrameFlags::READAHEAD);
        self.set_page_dirty(pfn);
    }
}
