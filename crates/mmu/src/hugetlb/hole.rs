//! Taking pages out of a file of pool pages: shrinking it, punching holes, and its end (Linux: `hugetlb_vmtruncate`,
//! `hugetlbfs_punch_hole`, `remove_inode_hugepages`).

use crate::Machine;
use crate::file::truncate::TO_THE_END;
use crate::ids::InodeId;

impl Machine {
    /// Pages beyond `size` bytes, whole pages, go, out of mappings too, with the copies that private ones made; so do the promises
    /// there, when the file grows as well.
    pub(crate) fn hugetlb_truncate(&mut self, inode: InodeId, size: u64) {
        let Some(level) = self.hugetlb.files.get(&inode).map(|file| file.level) else { return };
        self.unmap_mapping_range(inode, size >> self.page_shift(), TO_THE_END, true);
        let first = size / self.config.format.span(level);
        self.hugetlb_remove(inode, level, first, TO_THE_END);
        let Some(file) = self.hugetlb.files.get_mut(&inode) else { return };
        let promised = file.reserved.split_off(&first).len() as u64;
        self.hugetlb_unreserve(level, promised);
    }

    /// Makes the bytes from `start` to before `end` a hole: whole pages go as in a truncation, but what was promised there and not given
    /// stays promised; the rest is zeroed.
    pub(crate) fn hugetlb_punch_hole(&mut self, inode: InodeId, start: u64, end: u64) {
        let Some(level) = self.hugetlb.files.get(&inode).map(|file| file.level) else { return };
        let (span, shift) = (self.config.format.span(level), self.page_shift());
        let (first, last) = (start.div_ceil(span), end / span);
        self.hugetlb_zero(inode, start, end.min(first * span));
        if first < last {
            self.unmap_mapping_range(inode, (first * span) >> shift, (last * span) >> shift, true);
            self.hugetlb_remove(inode, level, first, last);
        }
        if first <= last {
            self.hugetlb_zero(inode, last * span, end);
        }
    }

    /// The file is nobody's any more: its pages and promises go back.
    pub(crate) fn hugetlb_evict(&mut self, inode: InodeId) {
        if self.hugetlb.files.contains_key(&inode) {
            self.hugetlb_truncate(inode, 0);
            self.hugetlb.files.remove(&inode);
        }
    }

    /// Gives back the pages from `first` to before `last`, which nobody maps any more.
    fn hugetlb_remove(&mut self, inode: InodeId, level: u32, first: u64, last: u64) {
        let Some(file) = self.hugetlb.files.get_mut(&inode) else { return };
        let mut gone = file.pages.split_off(&first);
        file.pages.append(&mut gone.split_off(&last));
        for pfn in gone.into_values() {
            self.hugetlb.cached.remove(&pfn);
            self.hugetlb_put(level, pfn);
        }
    }

    /// Zeroes the bytes `start..end` of the page that they are in, if it is there.
    fn hugetlb_zero(&mut self, inode: InodeId, start: u64, end: u64) {
        let mut at = start;
        while at < end {
            let stop = end.min(at - self.page_offset(at) + self.page_size());
            if let Some(pfn) = self.hugetlb_frame(inode, at) {
                let from = self.page_offset(at);
                self.zero_page_range(pfn, from as usize, (from + stop - at) as usize);
            }
            at = stop;
        }
    }
}
