//! Which case a fault is, by the page-table entry (Linux: `__handle_mm_fault`, `handle_pte_fault`).

use super::{Fault, FaultError, FaultResult, Handled};
use crate::paging::table::Lookup;
use crate::paging::{EntryRef, Pte, PteFlags};
use crate::{FaultCause, Machine, MmId, VirtAddr};

impl Machine {
    /// Makes the tables above the base page where missing, then handles what stands at level 1 or in the entry itself.
    pub(super) fn fault_entry(&mut self, fault: &Fault) -> FaultResult {
        if let Some(level) = fault.vma.hugetlb_level() {
            return self.hugetlb_fault(fault, level);
        }
        let context = self.mm(fault.mm).tables.context;
        if let Some((at, _)) = self.phys.near_tables.entry(fault.addr, context) {
            return self.fault_base(fault, at);
        }
        let (tables, phys) = self.tables_mut(fault.mm);
        let above = tables.ensure(phys, fault.addr, 1)?;
        if above.level == 0 {
            return self.fault_base(fault, above);
        }
        let slot = tables.read(phys, above);
        if slot.is_none() {
            if self.thp_allowed(&fault.vma)
                && let Some(handled) = self.huge_fault(fault, above)?
            {
                return Ok(handled);
            }
            return self.fault_missing(fault, None);
        }
        if slot.has(PteFlags::HUGE) {
            match self.huge_present_fault(fault, above, slot)? {
                Some(handled) => return Ok(handled),
                None => return self.fault_entry(fault),
            }
        }
        let index = self.mm(fault.mm).tables.format.index(fault.addr.get(), 0);
        let at = EntryRef::base(slot.pfn(), index);
        self.fault_base(fault, at)
    }

    fn fault_base(&mut self, fault: &Fault, at: EntryRef) -> FaultResult {
        let pte = self.phys.pte(at);
        if pte.is_none() {
            return self.fault_missing(fault, Some(at));
        }
        if pte.swap_slot().is_some() {
            return self.swap_fault(fault, at, pte);
        }
        if !pte.is_mapped() {
            return Err(FaultError::Guard);
        }
        if fault.write && !pte.is_writable() {
            return self.write_protected_fault(fault, at, pte);
        }
        let used = if fault.write { PteFlags::ACCESSED | PteFlags::DIRTY } else { PteFlags::ACCESSED };
        self.set_entry(at, pte.with(used));
        Ok(Handled::Done(FaultCause::Spurious))
    }

    /// Nothing in the entry `at`, or no table that could hold one (Linux: `do_pte_missing`).
    fn fault_missing(&mut self, fault: &Fault, at: Option<EntryRef>) -> FaultResult {
        if fault.vma.is_anonymous() {
            self.anonymous_fault(fault, at)
        } else {
            self.missing_file_fault(fault)
        }
    }

    /// The entry of the faulting base page, with its table made where missing.
    pub(super) fn entry_for(&mut self, fault: &Fault) -> Result<EntryRef, FaultError> {
        let (tables, phys) = self.tables_mut(fault.mm);
        Ok(tables.ensure(phys, fault.addr, 0)?)
    }

    /// Writes an entry of whichever address space.
    pub(crate) fn set_entry(&mut self, at: EntryRef, pte: Pte) {
        self.phys.set_pte(at, pte);
    }

    /// Whether the hardware finds a page at `addr`.
    pub(super) fn hardware_present(&self, mm: MmId, addr: VirtAddr) -> bool {
        match self.mm(mm).tables.lookup(&self.phys, addr) {
            Lookup::Base(_, pte) | Lookup::Huge(_, _, pte) => pte.is_present(),
            Lookup::NoTable(_) => false,
        }
    }
}
