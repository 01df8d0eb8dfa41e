//! What an mremap must satisfy (Linux: `check_mremap_params`, `check_prep_vma`), in Linux's order.

use super::{MremapRequest, Remap, Resize};
use crate::region::RegionError;
use crate::{Machine, MmId, VmFlags, VmaId};

impl Machine {
    /// The checks that need no mapping. Unknown flags are the caller's to refuse, before anything else.
    pub(super) fn check_mremap_params(&self, mm: MmId, ask: &MremapRequest) -> Result<(), RegionError> {
        let task_size = self.task_size();
        if !self.is_page_aligned(ask.addr) || ask.new_len == 0 || ask.new_len > task_size {
            return Err(RegionError::Invalid);
        }
        if !ask.implies_new_addr() {
            return Ok(());
        }
        let unequal = ask.dont_unmap && ask.old_len != ask.new_len;
        if ask.new_addr > task_size - ask.new_len
            || !self.is_page_aligned(ask.new_addr)
            || !ask.may_move
            || unequal
            || ask.overlaps()
        {
            return Err(RegionError::Invalid);
        }
        if self.mm(mm).vmas.len() + 2 >= self.config.max_map_count.saturating_sub(3) {
            return Err(RegionError::NoMemory);
        }
        Ok(())
    }

    /// The checks of one mapping; what is to be done with it.
    pub(super) fn check_prep_vma(
        &self,
        mm: MmId,
        ask: &MremapRequest,
        id: VmaId,
    ) -> Result<Remap, RegionError> {
        let vma = self.mm(mm).vmas.get(id);
        if vma.is_sealed() {
            return Err(RegionError::Permission);
        }
        let ask = &self.align_hugetlb(vma, ask).ok_or(RegionError::Invalid)?;
        let resize = match ask.new_len.cmp(&ask.old_len) {
            std::cmp::Ordering::Equal => Resize::None,
            std::cmp::Ordering::Less => Resize::Shrink,
            std::cmp::Ordering::Greater => Resize::Expand,
        };
        let delta = ask.new_len.abs_diff(ask.old_len);
        let mut remap = Remap { mm, ask: *ask, vma: id, resize, delta, populate: false };
        if resize != Resize::Expand && !ask.implies_new_addr() {
            return Ok(remap);
        }
        if ask.dont_unmap && vma.flags.intersects(VmFlags::DONTEXPAND | VmFlags::PFNMAP) {
            return Err(RegionError::Invalid);
        }
        if ask.old_len == 0 && !vma.flags.intersects(VmFlags::SHARED | VmFlags::MAYSHARE) {
            return Err(RegionError::Invalid);
        }
        let covered = ask.old_len.min(ask.new_len);
        if covered > vma.end.get() - ask.addr {
            return Err(RegionError::Fault);
        }
        if resize == Resize::Expand {
            self.check_growth(&remap)?;
            remap.populate = vma.flags.contains(VmFlags::LOCKED);
        }
        Ok(remap)
    }

    fn check_growth(&self, remap: &Remap) -> Result<(), RegionError> {
        let vma = self.mm(remap.mm).vmas.get(remap.vma);
        let shift = self.page_shift();
        let pgoff = vma.pgoff + ((remap.ask.addr - vma.start.get()) >> shift);
        if pgoff.checked_add(remap.ask.new_len >> shift).is_none() {
            return Err(RegionError::Invalid);
        }
        if vma.flags.intersects(VmFlags::DONTEXPAND | VmFlags::PFNMAP) {
            return Err(RegionError::Fault);
        }
        if !self.mlock_future_ok(remap.mm, vma.flags, remap.delta) {
            return Err(RegionError::Again);
        }
        if !self.may_expand_vm(remap.mm, vma.flags, remap.delta >> shift) {
            return Err(RegionError::NoMemory);
        }
        Ok(())
    }
}

impl MremapRequest {
    /// Whether old and new range meet (Linux: `vrm_overlaps`).
    fn overlaps(&self) -> bool {
        self.addr.wrapping_add(self.old_len) > self.new_addr && self.new_addr + self.new_len > self.addr
    }
}
