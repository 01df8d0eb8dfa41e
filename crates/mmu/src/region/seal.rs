//! Sealing mappings against change (Linux: `do_mseal` of mm/mseal.c).
//!
//! What a seal forbids is checked where it is tried: unmapping and MAP_FIXED in `unmap`, mprotect in `protect`, mremap in `remap`,
//! and here advice that discards.

use super::{Advice, RegionError};
use crate::{Machine, MmId, VirtAddr, VmFlags, Vma, VmaId};

impl Machine {
    /// Seals the mappings of `start..end` (page aligned).
    ///
    /// # Errors
    /// `NoMemory` for a hole, with nothing sealed, or too many mappings, with what lies below sealed.
    pub fn seal_range(&mut self, mm: MmId, start: VirtAddr, end: VirtAddr) -> Result<(), RegionError> {
        let mut at = start;
        while at < end {
            at = self.mm(mm).vmas.get(self.mapping_at(mm, at)?).end;
        }
        at = start;
        while at < end {
            let id = self.mapping_at(mm, at)?;
            let vma = *self.mm(mm).vmas.get(id);
            let upto = end.min(vma.end);
            if !vma.is_sealed() {
                self.check_splits(mm, id, at, upto)?;
                self.vma_modify(mm, id, at, upto, vma.flags | VmFlags::SEALED)?;
            }
            at = upto;
        }
        Ok(())
    }

    fn mapping_at(&self, mm: MmId, at: VirtAddr) -> Result<VmaId, RegionError> {
        self.mm(mm).vmas.at(at).ok_or(RegionError::NoMemory)
    }
}

impl Vma {
    /// Whether mseal forbids to change it.
    pub(crate) fn is_sealed(&self) -> bool {
        self.flags.contains(VmFlags::SEALED)
    }

    /// Whether a seal forbids `advice`, which would discard private memory that may not be written (Linux:
    /// `can_madvise_modify`).
    pub(super) fn forbids(&self, advice: Advice) -> bool {
        let discards = matches!(
            advice,
            Advice::Free
                | Advice::DontNeed
                | Advice::DontNeedLocked
                | Advice::Remove
                | Advice::DontFork
                | Advice::WipeOnFork
                | Advice::GuardInstall
        );
        discards && self.is_sealed() && self.is_anonymous() && !self.flags.contains(VmFlags::WRITE)
    }
}
