//! Resizing where the mapping is, moving it only if that fails (Linux: `mremap_at`, `expand_vma`, `shrink_vma`).

use super::{Remap, Resize};
use crate::region::{Placement, RegionError};
use crate::vma::Proposal;
use crate::{Machine, VirtAddr};

impl Machine {
    /// Resizes without a new place being asked for; the address afterwards.
    pub(super) fn mremap_at(&mut self, remap: &mut Remap) -> Result<u64, RegionError> {
        match remap.resize {
            Resize::None => Ok(remap.ask.addr),
            Resize::Shrink => {
                self.munmap_range(remap.mm, remap.ask.addr + remap.ask.new_len, remap.delta)?;
                Ok(remap.ask.addr)
            }
            Resize::Expand if self.can_expand_in_place(remap) => self.expand_in_place(remap),
            Resize::Expand if !remap.ask.may_move => Err(RegionError::NoMemory),
            Resize::Expand => {
                self.set_new_addr(remap)?;
                self.move_vma(remap)
            }
        }
    }

    /// Whether the range ends with its mapping and what follows is free. Guard gaps do not count here.
    fn can_expand_in_place(&self, remap: &Remap) -> bool {
        let vma = self.mm(remap.mm).vmas.get(remap.vma);
        let Some(end) = vma.end.checked_add(remap.delta) else { return false };
        let whole =
            Placement { addr: vma.start.get(), len: end - vma.start, fixed: true, ..Placement::default() };
        vma.end.get() - remap.ask.addr == remap.ask.old_len
            && self.mm(remap.mm).vmas.intersection(vma.end, end).is_none()
            && self.get_unmapped_area(remap.mm, &whole).is_ok()
    }

    fn expand_in_place(&mut self, remap: &mut Remap) -> Result<u64, RegionError> {
        let (mm, delta) = (remap.mm, remap.delta);
        let vma = *self.mm(mm).vmas.get(remap.vma);
        let pages = delta >> self.page_shift();
        let charged = self.charge_remap(remap, &vma)?;
        let more = Proposal {
            start: vma.end,
            end: VirtAddr::new(vma.end.get() + delta),
            flags: vma.flags,
            pgoff: vma.pgoff + (vma.len_bytes() >> self.page_shift()),
            file: vma.file,
            anon_vma: vma.anon_vma,
        };
        let Some(id) = self.vma_merge_new(mm, &more) else {
            self.uncharge_commit(charged);
            return Err(RegionError::NoMemory);
        };
        remap.vma = id;
        self.account_vm(mm, vma.flags, pages as i64);
        Ok(remap.ask.addr)
    }
}
