//! Advice that is work on pages: which mappings take it, and who does it (Linux: `madvise_dontneed_free`, `madvise_cold`, …).

use super::{Advice, RegionError};
use crate::{Machine, MmId, VirtAddr, VmFlags, VmaId};

impl Machine {
    /// Does `advice` on the pages `start..end` of a mapping.
    ///
    /// # Errors
    /// `Invalid` where the mapping does not take it: locked memory for what discards, other than private anonymous memory for
    /// MADV_FREE, memory without a file for MADV_REMOVE; `Access` for MADV_REMOVE without the right to write.
    pub(super) fn advise_pages(
        &mut self,
        mm: MmId,
        id: VmaId,
        start: VirtAddr,
        end: VirtAddr,
        advice: Advice,
    ) -> Result<(), RegionError> {
        let vma = *self.mm(mm).vmas.get(id);
        let locked = vma.flags.contains(VmFlags::LOCKED);
        if vma.hugetlb_level().is_some() && advice != Advice::Remove {
            return self.hugetlb_advise(mm, &vma, (start, end), advice);
        }
        match advice {
            Advice::DontNeed
            | Advice::Free
            | Advice::Remove
            | Advice::Cold
            | Advice::PageOut
            | Advice::GuardInstall
                if locked =>
            {
                Err(RegionError::Invalid)
            }
            Advice::DontNeed | Advice::DontNeedLocked => self.madvise_dontneed(mm, id, start, end),
            Advice::Free if !vma.is_anonymous() => Err(RegionError::Invalid),
            Advice::Free => self.madvise_free(mm, id, start, end),
            Advice::Remove => self.advise_remove(mm, id, start, end),
            Advice::Cold => self.madvise_cold(mm, id, start, end),
            Advice::PageOut => self.madvise_pageout(mm, id, start, end),
            Advice::Collapse => self.madvise_collapse(mm, id, start, end),
            Advice::GuardInstall => self.madvise_guard_install(mm, id, start, end),
            Advice::GuardRemove => self.madvise_guard_remove(mm, id, start, end),
            _ => self.madvise_willneed(mm, id, start, end),
        }
    }

    fn advise_remove(
        &mut self,
        mm: MmId,
        id: VmaId,
        start: VirtAddr,
        end: VirtAddr,
    ) -> Result<(), RegionError> {
        let vma = *self.mm(mm).vmas.get(id);
        if vma.is_anonymous() {
            return Err(RegionError::Invalid);
        }
        if !vma.flags.contains(VmFlags::SHARED | VmFlags::MAYWRITE) {
            return Err(RegionError::Access);
        }
        match vma.hugetlb_level() {
            Some(_) => self.hugetlb_advise(mm, &vma, (start, end), Advice::Remove),
            None => self.madvise_remove(mm, id, start, end),
        }
    }
}
