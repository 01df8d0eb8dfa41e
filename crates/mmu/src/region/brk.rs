//! The break area (Linux: the call `brk` of mm/mmap.c, `do_brk_flags` of mm/vma.c).

use super::RegionError;
use crate::vma::Proposal;
use crate::{Machine, MmId, VirtAddr, VmFlags};

/// What the break area's memory allows (`VM_DATA_DEFAULT_FLAGS`), charged.
pub(super) const BRK_FLAGS: VmFlags = VmFlags::READ
    .union(VmFlags::WRITE)
    .union(VmFlags::MAYREAD)
    .union(VmFlags::MAYWRITE)
    .union(VmFlags::MAYEXEC)
    .union(VmFlags::ACCOUNT);

impl Machine {
    /// Moves the break to `brk`, an address to the byte; the break that is there afterwards, moved or not.
    pub fn set_brk(&mut self, mm: MmId, brk: u64) -> u64 {
        if self.quick_brk(mm, brk) { brk } else { self.change_brk(mm, brk) }
    }

    #[inline(never)]
    pub(super) fn change_brk(&mut self, mm: MmId, brk: u64) -> u64 {
        if self.try_brk(mm, brk).is_ok() {
            let before = std::mem::replace(&mut self.mm_mut(mm).brk, brk);
            self.breaks.change(before, brk);
        }
        self.mm(mm).brk
    }

    fn try_brk(&mut self, mm: MmId, brk: u64) -> Result<(), RegionError> {
        let space = self.mm(mm);
        if brk < space.start_brk || brk - space.start_brk > space.limits.data.soft {
            return Err(RegionError::NoMemory);
        }
        let shrinks = brk <= space.brk;
        let (old, new) = (self.page_align(space.brk), self.page_align(brk));
        if old == new {
            Ok(())
        } else if shrinks {
            self.shrink_brk(mm, VirtAddr::new(new), VirtAddr::new(old))
        } else {
            self.grow_brk(mm, old, new)
        }
    }

    /// Nothing left to unmap is a failure: the area was unmapped otherwise.
    fn shrink_brk(&mut self, mm: MmId, start: VirtAddr, end: VirtAddr) -> Result<(), RegionError> {
        self.first_in(mm, start, end).ok_or(RegionError::NoMemory)?;
        self.unmap_aligned(mm, start, end)
    }

    fn grow_brk(&mut self, mm: MmId, start: u64, end: u64) -> Result<(), RegionError> {
        let len = end.wrapping_sub(start);
        self.check_place(start, len)?;
        let space = self.mm(mm);
        let flags = space.def_flags | BRK_FLAGS;
        if !space.mlock_future_ok(flags, len) {
            return Err(RegionError::Again);
        }
        let above = space.vmas.find(VirtAddr::new(start)).map(|next| space.vmas.get(next).start_gap());
        if above.is_some_and(|above| end + self.page_size() > above) {
            return Err(RegionError::NoMemory);
        }
        self.add_brk(mm, start, end, flags)?;
        if flags.contains(VmFlags::LOCKED) {
            self.mm_populate(mm, start, len);
        }
        Ok(())
    }

    /// Adds `start..end` to the area, as a part of the mapping below where they are alike (Linux: `do_brk_flags`).
    fn add_brk(&mut self, mm: MmId, start: u64, end: u64, flags: VmFlags) -> Result<(), RegionError> {
        let pages = (end - start) >> self.page_shift();
        let space = self.mm(mm);
        let below = space.start_brk < start;
        if !space.may_expand_vm(flags, pages)
            || space.vmas.len() > self.config.max_map_count
            || !self.charge_commit(mm, pages)
        {
            return Err(RegionError::NoMemory);
        }
        let pgoff = start >> self.page_shift();
        let range = (VirtAddr::new(start), VirtAddr::new(end));
        let proposal = Proposal::anonymous(range, flags, pgoff);
        if !below || self.vma_merge_new(mm, &proposal).is_none() {
            self.insert_vma(mm, &proposal);
        }
        self.account_vm(mm, flags, pages as i64);
        Ok(())
    }
}
