//! Advice about pool pages (Linux: `madvise_dontneed_free_valid_vma`, `hugetlbfs_punch_hole`).

use crate::region::{Advice, RegionError};
use crate::{Machine, MmId, Pfn, VirtAddr, Vma};

impl Machine {
    /// Does `advice` on the whole pool pages of `start..end`, if it is work on pages that such mappings take.
    ///
    /// # Errors
    /// `Invalid` for what they do not take and for discarding from within a page.
    pub(crate) fn hugetlb_advise(
        &mut self,
        mm: MmId,
        vma: &Vma,
        (start, end): (VirtAddr, VirtAddr),
        advice: Advice,
    ) -> Result<(), RegionError> {
        let Some(level) = vma.hugetlb_level() else { return Ok(()) };
        let page = self.config.format.span(level);
        match advice {
            Advice::DontNeed | Advice::DontNeedLocked if !start.is_aligned(page) => Err(RegionError::Invalid),
            Advice::DontNeed | Advice::DontNeedLocked => {
                self.hugetlb_zap(mm, vma, level, start, end.align_down(page));
                Ok(())
            }
            Advice::Remove => {
                let from = VirtAddr::new(start.get().next_multiple_of(page));
                self.hugetlb_punch_hole(vma, level, from, end.align_down(page));
                Ok(())
            }
            Advice::WillNeed => Ok(()),
            _ => Err(RegionError::Invalid),
        }
    }

    /// Takes pages out of shared memory and all that map it. What was promised there and not given stays promised.
    fn hugetlb_punch_hole(&mut self, vma: &Vma, level: u32, start: VirtAddr, end: VirtAddr) {
        let Some(inode) = vma.inode.filter(|_| start < end) else { return };
        let shift = self.page_shift();
        let to_index = |addr: VirtAddr| {
            (vma.pgoff + ((addr - vma.start) >> shift)) >> (self.config.format.index_bits * level)
        };
        let range = to_index(start)..to_index(end);
        let Some(file) = self.hugetlb.files.get(&inode) else { return };
        let pages: Vec<(u64, Pfn)> = file.pages.range(range).map(|(index, pfn)| (*index, *pfn)).collect();
        for (index, pfn) in pages {
            self.hugetlb_take_from(level, pfn, |_| true);
            if let Some(file) = self.hugetlb.files.get_mut(&inode) {
                file.pages.remove(&index);
            }
            self.hugetlb_put(level, pfn);
        }
    }
}
