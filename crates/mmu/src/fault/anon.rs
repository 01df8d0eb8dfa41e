//! Private anonymous memory, nothing there yet (Linux: `do_anonymous_page`). Only base pages: of the sizes between 4 KiB and
//! 2 MiB none is enabled.

use super::{Fault, FaultError, FaultResult, Handled};
use crate::account::RssDelta;
use crate::ids::AnonVmaId;
use crate::paging::{EntryRef, Pte, PteFlags};
use crate::phys::{FrameFlags, ZERO_PFN};
use crate::rmap::add_new_anon;
use crate::vma::Vma;
use crate::{FaultCause, Machine, Pfn, VmFlags};

impl Machine {
    /// The zero page for a read, a fresh frame for a write; `at` is the entry if its table is there.
    pub(super) fn anonymous_fault(&mut self, fault: &Fault, at: Option<EntryRef>) -> FaultResult {
        let at = match at {
            Some(at) => at,
            None => self.entry_for(fault)?,
        };
        if !fault.write {
            self.set_entry(
                at,
                Pte::new(ZERO_PFN, fault.vma.page_prot | PteFlags::SPECIAL | PteFlags::ACCESSED),
            );
            return Ok(Handled::Done(FaultCause::ZeroPage));
        }
        let family = self.anon_family(fault)?;
        let pfn = self.phys.alloc()?;
        let entry = self.new_anon_page(fault, pfn, family);
        self.set_entry(at, entry);
        self.account_rss(fault.mm, RssDelta::anon(1));
        Ok(Handled::Done(FaultCause::AnonWrite))
    }

    /// The family that a new anonymous page of the mapping belongs to, made by its first one (Linux: `anon_vma_prepare`).
    pub(crate) fn anon_family(&mut self, fault: &Fault) -> Result<AnonVmaId, FaultError> {
        match fault.vma.anon_vma {
            Some(family) => Ok(family),
            None => Ok(self.anon_vma_prepare(fault.mm, fault.id)),
        }
    }

    /// Makes `pfn` the mapping's own page at the fault's address: the entry for it.
    pub(super) fn new_anon_page(&mut self, fault: &Fault, pfn: Pfn, family: AnonVmaId) -> Pte {
        let shift = self.mm(fault.mm).tables.format.page_shift;
        add_new_anon(&mut self.phys, pfn, family, fault.vma.page_index(fault.addr, shift));
        if fault.vma.flags.contains(VmFlags::DROPPABLE) {
            self.phys.frame_mut(pfn).remove(FrameFlags::SWAPBACKED);
        }
        self.mlock_folio(&fault.vma, pfn, 1);
        may_write(Pte::new(pfn, fault.vma.page_prot).with(PteFlags::ACCESSED | PteFlags::DIRTY), &fault.vma)
    }
}

/// The entry made writable if the mapping is (Linux: `maybe_mkwrite`).
pub(crate) fn may_write(pte: Pte, vma: &Vma) -> Pte {
    if vma.flags.contains(VmFlags::WRITE) { pte.with(PteFlags::WRITABLE) } else { pte }
}
