//! Moving to a place that is asked for (Linux: `mremap_to`) and finding one (`vrm_set_new_addr`).

use super::{Remap, Resize};
use crate::region::{Placement, RegionError};
use crate::{Machine, VirtAddr, VmFlags};

impl Machine {
    /// Unmaps the new place, shrinks the mapping if asked to, and moves it.
    pub(super) fn mremap_to(&mut self, remap: &mut Remap) -> Result<u64, RegionError> {
        let mm = remap.mm;
        if remap.ask.fixed {
            self.munmap_range(mm, remap.ask.new_addr, remap.ask.new_len)?;
            self.look_up_again(remap)?;
        }
        if remap.resize == Resize::Shrink {
            self.munmap_range(mm, remap.ask.addr + remap.ask.new_len, remap.delta)?;
            self.look_up_again(remap)?;
            remap.ask.old_len = remap.ask.new_len;
        }
        let flags = self.mm(mm).vmas.get(remap.vma).flags;
        if remap.ask.dont_unmap && !self.may_expand_vm(mm, flags, remap.ask.old_len >> self.page_shift()) {
            return Err(RegionError::NoMemory);
        }
        self.set_new_addr(remap)?;
        self.move_vma(remap)
    }

    /// Finds the mapping after others, or a part of it, went.
    fn look_up_again(&self, remap: &mut Remap) -> Result<(), RegionError> {
        let addr = VirtAddr::new(remap.ask.addr);
        remap.vma = self.mm(remap.mm).vmas.at(addr).ok_or(RegionError::Fault)?;
        Ok(())
    }

    /// Decides the new place: as asked with FIXED, near the hint with DONTUNMAP, else anywhere.
    pub(super) fn set_new_addr(&self, remap: &mut Remap) -> Result<(), RegionError> {
        let ask = &mut remap.ask;
        let vma = self.mm(remap.mm).vmas.get(remap.vma);
        let want = Placement {
            addr: if ask.implies_new_addr() { ask.new_addr } else { 0 },
            len: ask.new_len,
            file: vma.file,
            pgoff: vma.pgoff + ((ask.addr - vma.start.get()) >> self.page_shift()),
            fixed: ask.fixed,
            shared: vma.flags.contains(VmFlags::MAYSHARE),
            align: vma.hugetlb_level().map_or(0, |level| self.config.format.span(level)),
            ..Placement::default()
        };
        ask.new_addr = self.get_unmapped_area(remap.mm, &want)?;
        Ok(())
    }
}
