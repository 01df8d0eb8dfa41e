//! Locking mappings in memory (Linux: `apply_vma_lock_flags`, `apply_mlockall_flags`, `mlock_fixup` of mm/mlock.c).
//!
//! It changes flags and counts; faulting the pages in is the caller's next step. Droppable mappings are passed over. Left out:
//! mappings of devices, which cannot be locked either.

use super::RegionError;
use crate::{Machine, MmId, VirtAddr, VmFlags, VmaId};

/// What mlock2's MLOCK_ONFAULT and mlockall's MCL_ONFAULT change.
const LOCK_MASK: VmFlags = VmFlags::LOCKED.union(VmFlags::LOCKONFAULT);

impl Machine {
    /// Gives the mappings of `start..end` (page aligned) exactly the lock flags `lock` (of LOCKED and LOCKONFAULT).
    ///
    /// # Errors
    /// `NoMemory` for a hole or too many mappings; what lies below is done.
    pub fn apply_vma_lock_flags(
        &mut self,
        mm: MmId,
        start: VirtAddr,
        end: VirtAddr,
        lock: VmFlags,
    ) -> Result<(), RegionError> {
        let mut at = start;
        while at < end {
            let id = self.mm(mm).vmas.at(at).ok_or(RegionError::NoMemory)?;
            let upto = end.min(self.mm(mm).vmas.get(id).end);
            self.mlock_fixup(mm, id, at, upto, lock)?;
            at = upto;
        }
        Ok(())
    }

    /// Gives all mappings the lock flags `lock`. One that cannot be changed is passed over.
    pub fn lock_all(&mut self, mm: MmId, lock: VmFlags) {
        let mut at = VirtAddr::new(0);
        while let Some(id) = self.mm(mm).vmas.find(at) {
            let vma = *self.mm(mm).vmas.get(id);
            let _ = self.mlock_fixup(mm, id, vma.start, vma.end, lock);
            at = vma.end;
        }
    }

    fn mlock_fixup(
        &mut self,
        mm: MmId,
        id: VmaId,
        start: VirtAddr,
        end: VirtAddr,
        lock: VmFlags,
    ) -> Result<(), RegionError> {
        let old = self.mm(mm).vmas.get(id).flags;
        let flags = (old - LOCK_MASK) | lock;
        if flags == old || old.intersects(VmFlags::DROPPABLE | VmFlags::HUGETLB) {
            return Ok(());
        }
        let pages = ((end - start) >> self.page_shift()) as i64;
        let id = self.vma_modify(mm, id, start, end, flags)?;
        self.account_vm(mm, old, -pages);
        self.account_vm(mm, flags, pages);
        if old.contains(VmFlags::LOCKED) != flags.contains(VmFlags::LOCKED) {
            self.mlock_vma_pages(mm, id, start, end);
        }
        Ok(())
    }

    /// The pages of `start..start+len` in locked mappings (Linux: `count_mm_mlocked_page_nr`).
    pub fn locked_pages_in(&self, mm: MmId, start: u64, len: u64) -> u64 {
        let end = start.saturating_add(len);
        let vmas = &self.mm(mm).vmas;
        let mut bytes = 0;
        let mut next = self.first_in(mm, VirtAddr::new(start), VirtAddr::new(end));
        while let Some(id) = next {
            let vma = vmas.get(id);
            if vma.start.get() >= end {
                break;
            }
            if vma.flags.contains(VmFlags::LOCKED) {
                bytes += vma.end.get().min(end) - vma.start.get().max(start);
            }
            next = vmas.next(id);
        }
        bytes >> self.page_shift()
    }
}
