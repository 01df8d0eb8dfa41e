//! Advice about a range, mapping by mapping (Linux: `madvise_walk_vmas`, `madvise_vma_behavior` of mm/madvise.c).
//!
//! Advice is either a change of flags, with mappings cut and merged, or work on pages. Holes are passed over and reported at the
//! end; a mapping that refuses ends the walk.

use super::RegionError;
use crate::{Machine, MmId, VirtAddr, VmFlags, Vma, VmaId};

/// What a program may say of its memory (`madvise(2)`), but for the two that populate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Advice {
    /// MADV_NORMAL.
    Normal,
    /// MADV_RANDOM.
    Random,
    /// MADV_SEQUENTIAL.
    Sequential,
    /// MADV_WILLNEED.
    WillNeed,
    /// MADV_DONTNEED.
    DontNeed,
    /// MADV_DONTNEED_LOCKED.
    DontNeedLocked,
    /// MADV_FREE.
    Free,
    /// MADV_REMOVE.
    Remove,
    /// MADV_DONTFORK.
    DontFork,
    /// MADV_DOFORK.
    DoFork,
    /// MADV_MERGEABLE.
    Mergeable,
    /// MADV_UNMERGEABLE.
    Unmergeable,
    /// MADV_HUGEPAGE.
    HugePage,
    /// MADV_NOHUGEPAGE.
    NoHugePage,
    /// MADV_DONTDUMP.
    DontDump,
    /// MADV_DODUMP.
    DoDump,
    /// MADV_WIPEONFORK.
    WipeOnFork,
    /// MADV_KEEPONFORK.
    KeepOnFork,
    /// MADV_COLD.
    Cold,
    /// MADV_PAGEOUT.
    PageOut,
    /// MADV_COLLAPSE.
    Collapse,
    /// MADV_GUARD_INSTALL.
    GuardInstall,
    /// MADV_GUARD_REMOVE.
    GuardRemove,
}

impl Machine {
    /// Applies `advice` to the mappings of `start..end` (page aligned, not empty).
    ///
    /// # Errors
    /// What the first mapping that refuses answers, else `NoMemory` if there was a hole.
    pub fn madvise_range(
        &mut self,
        mm: MmId,
        start: VirtAddr,
        end: VirtAddr,
        advice: Advice,
    ) -> Result<(), RegionError> {
        self.gather(|machine| machine.madvise_mappings(mm, start, end, advice))
    }

    /// The same; its flushes are settled together (Linux: `madvise_batch_tlb_flush`).
    fn madvise_mappings(
        &mut self,
        mm: MmId,
        start: VirtAddr,
        end: VirtAddr,
        advice: Advice,
    ) -> Result<(), RegionError> {
        let mut at = start;
        let mut holes = false;
        while at < end {
            let id = self.mm(mm).vmas.find(at).ok_or(RegionError::NoMemory)?;
            let vma = *self.mm(mm).vmas.get(id);
            if at < vma.start {
                holes = true;
                at = vma.start;
                continue;
            }
            let upto = end.min(vma.end);
            self.madvise_vma(mm, id, at, upto, advice)?;
            at = upto;
        }
        if holes { Err(RegionError::NoMemory) } else { Ok(()) }
    }

    fn madvise_vma(
        &mut self,
        mm: MmId,
        id: VmaId,
        start: VirtAddr,
        end: VirtAddr,
        advice: Advice,
    ) -> Result<(), RegionError> {
        let vma = *self.mm(mm).vmas.get(id);
        if vma.forbids(advice) {
            return Err(RegionError::Permission);
        }
        match advised_flags(&vma, advice)? {
            Some(flags) if flags == vma.flags => Ok(()),
            Some(flags) => {
                self.check_splits(mm, id, start, end)?;
                self.vma_modify(mm, id, start, end, flags).map(|_| ()).map_err(|_| RegionError::Again)
            }
            None => self.advise_pages(mm, id, start, end, advice),
        }
    }
}

/// The flags a mapping has after `advice`; None where it is work on pages.
fn advised_flags(vma: &Vma, advice: Advice) -> Result<Option<VmFlags>, RegionError> {
    let flags = vma.flags;
    let reading = VmFlags::RAND_READ | VmFlags::SEQ_READ;
    let huge = VmFlags::HUGEPAGE | VmFlags::NOHUGEPAGE;
    Ok(Some(match advice {
        Advice::Normal => flags - reading,
        Advice::Random => (flags - reading) | VmFlags::RAND_READ,
        Advice::Sequential => (flags - reading) | VmFlags::SEQ_READ,
        Advice::DontFork => flags | VmFlags::DONTCOPY,
        Advice::DoFork => flags - VmFlags::DONTCOPY,
        Advice::WipeOnFork if !vma.is_anonymous() => return Err(RegionError::Invalid),
        Advice::WipeOnFork => flags | VmFlags::WIPEONFORK,
        Advice::KeepOnFork | Advice::DoDump if flags.contains(VmFlags::DROPPABLE) => {
            return Err(RegionError::Invalid);
        }
        Advice::KeepOnFork => flags - VmFlags::WIPEONFORK,
        Advice::DontDump => flags | VmFlags::DONTDUMP,
        Advice::DoDump => flags - VmFlags::DONTDUMP,
        Advice::Mergeable if !is_ksm_compatible(flags) => flags,
        Advice::Mergeable => flags | VmFlags::MERGEABLE,
        Advice::Unmergeable => flags - VmFlags::MERGEABLE,
        Advice::HugePage => (flags - huge) | VmFlags::HUGEPAGE,
        Advice::NoHugePage => (flags - huge) | VmFlags::NOHUGEPAGE,
        _ => return Ok(None),
    }))
}

/// Whether KSM would look at a mapping at all (Linux: `vma_ksm_compatible`).
fn is_ksm_compatible(flags: VmFlags) -> bool {
    !flags.intersects(VmFlags::SHARED | VmFlags::MAYSHARE | VmFlags::DROPPABLE | VmFlags::HUGETLB)
}
