//! Dirty pages and their way to the store (Linux: `mm/page-writeback.c`). Writing is done at once.

use super::Backing;
use super::inode::DirtyBlocks;
use crate::ids::InodeId;
use crate::phys::FrameFlags;
use crate::{DeviceOp, Machine, Pfn};

impl Machine {
    /// Whether the page's folio is dirty.
    pub fn page_dirty(&self, pfn: Pfn) -> bool {
        self.phys.frame(self.folio_head(pfn)).has(FrameFlags::DIRTY)
    }

    /// Marks a page's folio dirty, all of it (`filemap_dirty_folio`, `block_dirty_folio`).
    pub fn set_page_dirty(&mut self, pfn: Pfn) {
        let head = self.folio_head(pfn);
        let frame = self.phys.frame(head);
        if frame.order() > 0
            && frame.has(FrameFlags::FILE)
            && let (inode, index) = (InodeId(frame.mapping), frame.index())
            && let Some(blocks) = self.files.inode_mut(inode).dirty.get_mut(&index)
        {
            *blocks = DirtyBlocks::All;
        }
        self.set_folio_dirty(head, || DirtyBlocks::All);
    }

    /// Marks the block of a file's page dirty, and so its folio (`mark_buffer_dirty`).
    pub(super) fn set_block_dirty(&mut self, pfn: Pfn) {
        let head = self.folio_head(pfn);
        let (first, index) = (self.phys.frame(head).index(), self.phys.frame(pfn).index());
        if self.folio_order(head) == 0 {
            return self.set_folio_dirty(head, || DirtyBlocks::All);
        }
        let inode = self.files.inode_mut(InodeId(self.phys.frame(head).mapping));
        if let Some(DirtyBlocks::Of(pages)) = inode.dirty.get_mut(&first) {
            pages.insert(index);
        }
        self.set_folio_dirty(head, || DirtyBlocks::Of([index].into()));
    }

    /// Marks a folio dirty; if it was clean, `blocks` of it are now.
    fn set_folio_dirty(&mut self, head: Pfn, blocks: impl FnOnce() -> DirtyBlocks) {
        let frame = self.phys.frame_mut(head);
        if frame.has(FrameFlags::DIRTY) {
            return;
        }
        frame.insert(FrameFlags::DIRTY);
        let (inode, index) = (InodeId(frame.mapping), frame.index());
        if frame.has(FrameFlags::FILE) {
            self.note_dirtied(inode, index, head, blocks());
        }
    }

    fn note_dirtied(&mut self, id: InodeId, index: u64, head: Pfn, blocks: DirtyBlocks) {
        let pages = u64::from(self.folio_nr_pages(head));
        let now_ns = self.clock.program_ns();
        let inode = self.files.inode_mut(id);
        if inode.dirty.is_empty() {
            inode.dirtied_ns = now_ns;
        }
        inode.dirty.insert(index, blocks);
        if inode.backing != Backing::Shmem {
            self.files.dirty.note_dirtied(pages);
            self.phys.vmstat.nr_dirtied += pages;
        }
    }

    /// A folio is no longer dirty: whether it counted as a dirty one of a disk.
    pub(super) fn note_clean(&mut self, id: InodeId, head: Pfn) -> bool {
        let pages = u64::from(self.folio_nr_pages(head));
        let index = self.phys.frame(head).index();
        let inode = self.files.inode_mut(id);
        let counted = inode.dirty.remove(&index).is_some() && inode.backing != Backing::Shmem;
        if counted {
            self.files.dirty.note_clean(pages);
        }
        counted
    }

    /// Writes the dirty folios with pages from `start` to before `end` to the store and write-protects them in all mappings, so
    /// that the next store faults (`folio_clear_dirty_for_io`). tmpfs has nothing to write to. The first of them to reach the file's end is
    /// the last: what failed writes left behind that waits for another time (`mpage_process_page_bufs`).
    pub fn write_back(&mut self, id: InodeId, start: u64, end: u64) {
        if self.files.inode(id).backing == Backing::Shmem {
            return;
        }
        let size_pages = self.files.inode(id).size_pages();
        for head in self.dirty_folios(id, start, end) {
            self.write_folio_out(id, head);
            if self.phys.frame(head).index() + u64::from(self.folio_nr_pages(head)) >= size_pages {
                break;
            }
        }
    }

    /// The same as a commit of the journal does it, which allocates no block: a folio with pages that have none is
    /// write-protected and ends with the file, as if it were written, but stays dirty (`ext4_bio_write_folio`); it no longer waits for
    /// reclaim.
    pub(super) fn write_ordered(&mut self, id: InodeId, start: u64, end: u64) {
        for head in self.dirty_folios(id, start, end) {
            let inode = self.files.inode(id);
            let first = self.phys.frame(head).index();
            let last = inode.size_pages().min(first + u64::from(self.folio_nr_pages(head)));
            if (first..last).all(|index| inode.store.is_allocated(index)) {
                self.write_folio_out(id, head);
            } else {
                self.page_mkclean(head);
                self.phys.frame_mut(head).remove(FrameFlags::RECLAIM);
                (0..self.folio_nr_pages(head)).for_each(|i| self.zero_behind_end(id, head + i));
            }
        }
    }

    /// An open file of it was closed: one that was truncated to nothing is written out if it has got pages without blocks since
    /// (`ext4_release_file`).
    pub(super) fn flush_closed(&mut self, id: InodeId) {
        if !std::mem::take(&mut self.files.inode_mut(id).flush_on_close) {
            return;
        }
        let inode = self.files.inode(id);
        let delayed = |head: &Pfn| {
            let first = self.phys.frame(*head).index();
            (0..u64::from(self.folio_nr_pages(*head))).any(|i| !inode.store.is_allocated(first + i))
        };
        if self.dirty_folios(id, 0, u64::MAX).iter().any(delayed) {
            self.write_back(id, 0, u64::MAX);
        }
    }

    pub(crate) fn write_folio_out(&mut self, id: InodeId, head: Pfn) {
        self.page_mkclean(head);
        let frame = self.phys.frame_mut(head);
        frame.remove(FrameFlags::DIRTY | FrameFlags::READAHEAD);
        let blocks = self.files.inode_mut(id).dirty.get_mut(&frame.index()).map(DirtyBlocks::take);
        if self.note_clean(id, head) {
            self.phys.vmstat.nr_written += u64::from(self.folio_nr_pages(head));
        }
        for pfn in (0..self.folio_nr_pages(head)).map(|i| head + i) {
            let index = self.phys.frame(pfn).index();
            self.write_page(id, pfn, blocks.as_ref().is_none_or(|blocks| blocks.contains(index)));
        }
    }

    pub(crate) fn dirty_folios(&self, id: InodeId, start: u64, end: u64) -> Vec<Pfn> {
        let inode = self.files.inode(id);
        let first =
            inode.pages.get(&start).map_or(start, |pfn| self.phys.frame(self.folio_head(*pfn)).index());
        inode
            .dirty
            .range(first..end.max(first))
            .filter_map(|(index, _)| inode.pages.get(index).copied())
            .collect()
    }

    /// Zeroes what is behind the file's end of the page that it ends in.
    fn zero_behind_end(&mut self, id: InodeId, pfn: Pfn) {
        let size = self.files.inode(id).size;
        let frame = self.phys.frame(pfn);
        if frame.index() == self.page_of(size) && !frame.has(FrameFlags::NOT_UPTODATE) {
            self.zero_page_range(pfn, self.page_offset(size) as usize, self.page_size() as usize);
        }
    }

    /// Writes a page's block if it is `dirty`; of the page that the file ends in, the rest is zeroed first, as ext4 does.
    fn write_page(&mut self, id: InodeId, pfn: Pfn, dirty: bool) {
        let frame = self.phys.frame(pfn);
        let index = frame.index();
        let size = self.files.inode(id).size;
        if frame.has(FrameFlags::NOT_UPTODATE) || index >= self.pages_to(size) {
            return;
        }
        self.bring_in(pfn);
        self.zero_behind_end(id, pfn);
        if !dirty || !self.has_block(pfn) {
            return;
        }
        if !self.files.inode(id).store.is_allocated(index) {
            self.journal_join(id);
        }
        self.phys.frame_mut(pfn).remove(FrameFlags::BLOCK_RESERVED);
        if self.device_faults.strikes(DeviceOp::FileWrite) {
            return self.note_write_error(id);
        }
        self.files.inode_mut(id).store.write(index, self.phys.host().bytes(pfn).as_deref());
    }
}
