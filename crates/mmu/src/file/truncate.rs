//! Changing a file's size and punching holes (Linux: `mm/truncate.c`, `ext4_setattr`, `shmem_setattr`).

use super::Backing;
use super::inode::DirtyBlocks;
use crate::ids::InodeId;
use crate::phys::FrameFlags;
use crate::{Machine, Pfn};

/// No end: to the last page there can be.
pub(crate) const TO_THE_END: u64 = u64::MAX;

impl Machine {
    /// Sets a file's size (`ftruncate`). Pages beyond are unmapped everywhere and dropped, private copies included.
    pub fn truncate(&mut self, id: InodeId, size: u64) {
        let inode = self.files.inode_mut(id);
        let (old, backing) = (inode.size, inode.backing);
        inode.size = size;
        match backing {
            Backing::Ext4 => self.ext4_truncate(id, old, size),
            Backing::Shmem => self.shmem_truncate(id, old, size),
            Backing::Hugetlb => self.hugetlb_truncate(id, size),
        }
    }

    /// Growing clears what a mapping stored beyond the old end; all else goes as a truncation to the size (`ext4_setattr`).
    fn ext4_truncate(&mut self, id: InodeId, old: u64, size: u64) {
        match size == old {
            true => self.journal_join_inode(id),
            false => self.journal_join(id),
        }
        self.stamp(id);
        if size > old {
            self.block_truncate_page(id, old);
        }
        self.truncate_pagecache(id, size);
        if size <= old {
            self.block_truncate_page(id, size);
            let inode = self.files.inode_mut(id);
            inode.store.truncate(size);
            inode.flush_on_close |= size == 0;
        }
    }

    /// Zeroes what is left of the block that the file ends in (`ext4_block_truncate_page`).
    fn block_truncate_page(&mut self, id: InodeId, from: u64) {
        if !self.is_page_aligned(from) {
            self.block_zero_page_range(id, from, from.next_multiple_of(self.page_size()));
        }
    }

    /// Zeroes the parts of blocks at both ends of the bytes `from..to` (`ext4_zero_partial_blocks`).
    pub(super) fn zero_partial_blocks(&mut self, id: InodeId, from: u64, to: u64) {
        if self.page_of(from) == self.page_of(to - 1) {
            if !self.is_page_aligned(from) || !self.is_page_aligned(to) {
                self.block_zero_page_range(id, from, to);
            }
            return;
        }
        self.block_truncate_page(id, from);
        if !self.is_page_aligned(to) {
            self.block_zero_page_range(id, to - self.page_offset(to), to);
        }
    }

    /// Zeroes the bytes `from..to` of one block and leaves its page dirty and ordered before the journal's commit
    /// (`ext4_block_zero_page_range`). The page is brought into the cache for that; it stays as it is if it is a hole. One that
    /// was not up to date does not become so, though it is dirty.
    fn block_zero_page_range(&mut self, id: InodeId, from: u64, to: u64) {
        let (index, start) = (self.page_of(from), self.page_offset(from));
        let Ok(pfn) = self.grab_page(id, index) else { return };
        self.folio_mark_accessed(pfn);
        if !self.has_block(pfn) {
            return;
        }
        // Beyond the end of the file the store holds zeroes: there is nothing to zero in a page read for this.
        if self.phys.frame(pfn).has(FrameFlags::NOT_UPTODATE) {
            self.phys.frame_mut(pfn).insert(FrameFlags::BLOCK_READ | FrameFlags::ON_STORE);
        } else {
            let end = (to - index * self.page_size()).min(self.page_size());
            self.zero_page_range(pfn, start as usize, end as usize);
        }
        self.set_block_dirty(pfn);
        self.journal_order(id, index);
    }

    fn shmem_truncate(&mut self, id: InodeId, old: u64, size: u64) {
        if size <= old {
            self.truncate_pagecache(id, size);
        }
    }

    /// Unmaps and drops all beyond `size` bytes (`truncate_pagecache`): the unmapping goes before the removal.
    fn truncate_pagecache(&mut self, id: InodeId, size: u64) {
        let first = self.pages_to(size);
        self.unmap_mapping_range(id, first, TO_THE_END, true);
        self.truncate_inode_pages(id, size);
    }

    /// Drops the cached pages beyond `size` bytes and zeroes the rest of the page it ends in (`truncate_inode_pages`).
    pub(crate) fn truncate_inode_pages(&mut self, id: InodeId, size: u64) {
        self.truncate_inode_pages_range(id, size, TO_THE_END);
    }

    /// Drops the folios wholly in the bytes from `start` to before `end`, and clears what of others is in there.
    fn truncate_inode_pages_range(&mut self, id: InodeId, start: u64, end: u64) {
        let (first, last) = (self.pages_to(start), self.whole_pages(end));
        self.files.inode_mut(id).take_shadows(first, last);
        self.shmem_free_swap(id, first, last);
        let mut done = 0;
        for edge in [start, end] {
            if edge != TO_THE_END
                && edge >= done
                && let Some(pfn) = self.partial_page(id, edge)
            {
                let head = self.folio_head(pfn);
                done = self.folio_bytes(head).1;
                self.truncate_partial_folio(id, head, start, end);
            }
        }
        for head in self.folios_in(id, first, last) {
            let (first, last) = self.folio_bytes(head);
            if start <= first && last <= end {
                self.filemap_remove_folio(id, head);
            }
        }
    }

    /// The page in which a range of bytes ends, brought back from swap if any of it is within the file (`shmem_get_partial_folio`).
    fn partial_page(&mut self, id: InodeId, edge: u64) -> Option<Pfn> {
        let index = self.page_of(edge);
        if !self.is_page_aligned(edge) && index < self.files.inode(id).size_pages() {
            return self.shmem_find_page(id, index).ok()?;
        }
        self.find_page(id, index)
    }

    /// Zeroes the part of a folio in a range of bytes, and drops the blocks in there. A large folio is unmapped whole and split
    /// there, or stays in one piece if others of its blocks are to be written (`truncate_inode_partial_folio`).
    fn truncate_partial_folio(&mut self, id: InodeId, head: Pfn, start: u64, end: u64) {
        let (first, last) = self.folio_bytes(head);
        let (from, to) = (start.max(first), end.min(last));
        if (from, to) == (first, last) || from >= to {
            return;
        }
        self.zero_folio_range(head, from - first, to - first);
        let shmem = self.files.inode(id).backing == Backing::Shmem;
        if shmem {
            self.set_page_dirty(head);
        }
        if self.folio_order(head) == 0 {
            return;
        }
        if !shmem {
            self.invalidate_blocks(id, head, from, to);
        }
        // What was stored through a mapping makes all of its blocks dirty again, those without place as well.
        self.unmap_folio(head);
        if !shmem && !self.release_folio(id, head) {
            return;
        }
        for at in [from, to] {
            if let Some(pfn) = self.find_page(id, self.page_of(at)).filter(|_| at < last) {
                self.split_folio_at(id, pfn);
            }
        }
    }

    /// Forgets the blocks of the folio's pages in the bytes `from..to` of its file, and that they are dirty (`folio_invalidate`).
    fn invalidate_blocks(&mut self, id: InodeId, head: Pfn, from: u64, to: u64) {
        let first = self.phys.frame(head).index();
        let pages = first..first + u64::from(self.folio_nr_pages(head));
        let Some(blocks) = self.files.inode_mut(id).dirty.get_mut(&first).map(DirtyBlocks::take) else {
            return;
        };
        let mut dirty = match blocks {
            DirtyBlocks::Of(pages) => pages,
            DirtyBlocks::All => pages.collect(),
        };
        for index in self.pages_to(from)..self.page_of(to) {
            self.phys.frame_mut(head + (index - first) as u32).remove(FrameFlags::BLOCK_RESERVED);
            dirty.remove(&index);
        }
        self.files.inode_mut(id).dirty.insert(first, DirtyBlocks::Of(dirty));
    }

    /// Makes a folio clean of which no block is dirty any more: whether it is clean (`filemap_release_folio`).
    fn release_folio(&mut self, id: InodeId, head: Pfn) -> bool {
        let first = self.phys.frame(head).index();
        match self.files.inode(id).dirty.get(&first) {
            Some(DirtyBlocks::Of(pages)) if pages.is_empty() => {
                self.phys.frame_mut(head).remove(FrameFlags::DIRTY);
                self.note_clean(id, head);
                true
            }
            dirty => dirty.is_none(),
        }
    }

    fn zero_folio_range(&mut self, head: Pfn, from: u64, to: u64) {
        let mut at = from;
        while at < to {
            let stop = to.min(at - self.page_offset(at) + self.page_size());
            let (low, high) = ((self.page_offset(at)) as usize, (self.page_offset(at) + stop - at) as usize);
            self.zero_page_range(head + (self.page_of(at)) as u32, low, high);
            at = stop;
        }
    }

    /// The bytes of its file that a folio holds: first, and one past the last.
    fn folio_bytes(&self, head: Pfn) -> (u64, u64) {
        let first = self.phys.frame(head).index() * self.page_size();
        (first, first + u64::from(self.folio_nr_pages(head)) * self.page_size())
    }

    /// Makes the bytes from `start` to before `end` a hole (`fallocate(FALLOC_FL_PUNCH_HOLE)`, MADV_REMOVE). On a disk nothing is done
    /// behind the page in which the file ends (`ext4_punch_hole`): what a failed write left in the cache there stays.
    pub fn punch_hole(&mut self, id: InodeId, start: u64, mut end: u64) {
        let inode = self.files.inode(id);
        if inode.backing == Backing::Hugetlb {
            return self.hugetlb_punch_hole(id, start, end);
        }
        let on_disk = inode.backing == Backing::Ext4;
        if on_disk {
            end = end.min(inode.size_pages() << self.page_shift());
        }
        let (first, last) = (self.pages_to(start), self.whole_pages(end));
        if last > first {
            if on_disk {
                self.journal_join(id);
            }
            self.unmap_mapping_range(id, first, last, false);
            self.truncate_inode_pages_range(id, start, end);
            self.files.inode_mut(id).store.punch(first, last);
        }
    }

    /// Whole pages before byte `end`.
    fn whole_pages(&self, end: u64) -> u64 {
        if end == TO_THE_END { TO_THE_END } else { self.page_of(end) }
    }
}
