//! Advice about pool pages (Linux: `madvise_dontneed_free_valid_vma`, `madvise_remove`).

use crate::region::{Advice, RegionError};
use crate::{Machine, MmId, VirtAddr, Vma};

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
                let Some(inode) = vma.inode else { return Ok(()) };
                let from = (vma.pgoff << self.page_shift()) + (start - vma.start);
                self.hugetlb_punch_hole(inode, from, from + (end - start));
                Ok(())
            }
            Advice::WillNeed => Ok(()),
            _ => Err(RegionError::Invalid),
        }
    }
}
