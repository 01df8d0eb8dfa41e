//! Guard regions: entries that make every access SIGSEGV without cutting the mapping (Linux: `madvise_guard_install`,
//! `madvise_guard_remove`).

use crate::region::RegionError;
use crate::walk::Slot;
use crate::zap::ZapDetails;
use crate::{Machine, MmId, Pte, VirtAddr, VmFlags, VmaId};

impl Machine {
    /// Zaps `start..end` and puts guard markers there. The whole mapping is marked for it, so that fork copies the markers.
    ///
    /// # Errors
    /// `NoMemory` if there is no frame for a table.
    pub(crate) fn madvise_guard_install(
        &mut self,
        mm: MmId,
        id: VmaId,
        start: VirtAddr,
        end: VirtAddr,
    ) -> Result<(), RegionError> {
        if self.mm(mm).vmas.get(id).is_anonymous() {
            self.anon_vma_prepare(mm, id);
        }
        let vma = self.mm_mut(mm).vmas.get_mut(id);
        vma.flags.insert(VmFlags::MAYBE_GUARD);
        let vma = *vma;
        self.zap(mm, &vma, start, end, ZapDetails::KEEP_MARKERS);
        let mut addr = start;
        while addr < end {
            let (tables, phys) = self.tables_mut(mm);
            let next = tables.piece_end(addr, tables.span_end(addr, end, 1));
            let at = tables.ensure(phys, addr, 0).map_err(|_| RegionError::NoMemory)?;
            let run = tables.run(at.table, addr, next);
            phys.fill_run(run, Pte::GUARD);
            addr = next;
        }
        Ok(())
    }

    /// Takes the markers of `start..end` away; pages stay.
    pub(crate) fn madvise_guard_remove(
        &mut self,
        mm: MmId,
        _id: VmaId,
        start: VirtAddr,
        end: VirtAddr,
    ) -> Result<(), RegionError> {
        let mut addr = start;
        while addr < end {
            let tables = &self.mm(mm).tables;
            let (slot, next) = tables.slot(&self.phys, addr, end);
            if let Slot::Table(table) = slot {
                let run = tables.run(table, addr, next);
                self.phys.change_run(run, |pte| if pte == Pte::GUARD { Pte::NONE } else { pte });
            }
            addr = next;
        }
        Ok(())
    }
}
