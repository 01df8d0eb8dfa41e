//! Changing a file's size and punching holes (Linux: `mm/truncate.c`, `ext4_setattr`, `shmem_setattr`).

use super::Backing;
use crate::ids::InodeId;
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
        }
    }

    /// Growing clears what a mapping stored beyond the old end; all else goes as a truncation to the size (`ext4_setattr`).
    fn ext4_truncate(&mut self, id: InodeId, old: u64, size: u64) {
        if size > old {
            self.block_truncate_page(id, old);
        }
        self.truncate_pagecache(id, size);
        if size <= old {
            self.block_truncate_page(id, size);
            self.files.inode_mut(id).store.truncate(size);
        }
    }

    /// Zeroes the page that ends at `from` bytes from there on and leaves it dirty (`ext4_block_truncate_page`). It is brought
    /// into the cache for that, but stays as it is if it is a hole.
    fn block_truncate_page(&mut self, id: InodeId, from: u64) {
        let (index, tail) = (from / 4096, (from % 4096) as usize);
        if tail == 0 {
            return;
        }
        let Ok(pfn) = self.grab_page(id, index) else { return };
        self.folio_mark_accessed(pfn);
        if !self.page_dirty(pfn) && !self.files.inode(id).store.is_allocated(index) {
            return;
        }
        self.read_page(pfn);
        self.zero_page_range(pfn, tail, 4096);
        self.set_page_dirty(pfn);
    }

    fn shmem_truncate(&mut self, id: InodeId, old: u64, size: u64) {
        if size < old {
            self.truncate_pagecache(id, size);
        }
    }

    /// Unmaps and drops all beyond `size` bytes (`truncate_pagecache`): the unmapping goes before the removal.
    fn truncate_pagecache(&mut self, id: InodeId, size: u64) {
        let first = size.div_ceil(4096);
        self.unmap_mapping_range(id, first, TO_THE_END, true);
        self.truncate_inode_pages(id, size);
    }

    /// Drops the cached pages beyond `size` bytes and zeroes the rest of the page it ends in (`truncate_inode_pages`).
    pub(crate) fn truncate_inode_pages(&mut self, id: InodeId, size: u64) {
        let first = size.div_ceil(4096);
        let tail = (size % 4096) as usize;
        if tail > 0 {
            if let Some(pfn) = self.find_page(id, size / 4096) {
                self.zero_page_range(pfn, tail, 4096);
            }
        }
        self.remove_range(id, first, TO_THE_END);
    }

    /// Drops whole pages from `start` to before `end`; a large folio that is only partly inside is split.
    pub(crate) fn remove_range(&mut self, id: InodeId, start: u64, end: u64) {
        for head in self.folios_in(id, start, end) {
            let index = self.phys.frame(head).index();
            let frames = self.folio_nr_pages(head);
            let whole = index >= start && index + u64::from(frames) <= end;
            if whole {
                self.filemap_remove_folio(id, head);
                continue;
            }
            self.split_folio(id, head);
            let inside: Vec<Pfn> = (0..frames)
                .map(|i| head + i)
                .filter(|pfn| (start..end).contains(&self.phys.frame(*pfn).index()))
                .collect();
            inside.into_iter().for_each(|pfn| self.filemap_remove_folio(id, pfn));
        }
    }

    /// Makes the bytes from `start` to before `end` a hole (`fallocate(FALLOC_FL_PUNCH_HOLE)`, MADV_REMOVE).
    pub fn punch_hole(&mut self, id: InodeId, start: u64, end: u64) {
        let (first, last) = (start.div_ceil(4096), end / 4096);
        if last > first {
            self.unmap_mapping_range(id, first, last, false);
            self.remove_range(id, first, last);
            self.files.inode_mut(id).store.punch(first, last);
        }
    }
}
