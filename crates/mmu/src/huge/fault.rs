//! Faults on huge pages (Linux: `do_huge_pmd_anonymous_page`, `do_huge_pmd_wp_page`, `do_huge_zero_wp_pmd`).

use super::huge_range;
use crate::account::RssDelta;
use crate::fault::{Fault, FaultError, Handled, may_write};
use crate::ids::AnonVmaId;
use crate::paging::{EntryRef, Pte, PteFlags};
use crate::phys::FrameFlags;
use crate::{FaultCause, FlushOwed, Machine, Pfn, VirtAddr};

impl Machine {
    /// Nothing at level 1 yet, and the mapping may have huge pages: one for a write, the huge zero page for a read. None: base
    /// pages are to be used (VM_FAULT_FALLBACK).
    pub(crate) fn huge_fault(
        &mut self,
        fault: &Fault,
        above: EntryRef,
    ) -> Result<Option<Handled>, FaultError> {
        let span = self.mm(fault.mm).tables.format.span(1);
        let Some(start) = huge_range(&fault.vma, fault.addr, span) else { return Ok(None) };
        let family = self.anon_family(fault)?;
        let (tables, phys) = self.tables_mut(fault.mm);
        tables.deposit(phys)?;
        let page = if fault.write { self.alloc_huge(fault, start, family) } else { self.huge_zero() };
        let Some(head) = page else {
            let (tables, phys) = self.tables_mut(fault.mm);
            tables.zap_deposited(phys);
            return Ok(None);
        };
        if fault.write {
            self.set_huge(fault, above, head);
            return Ok(Some(Handled::Done(FaultCause::HugeAnon)));
        }
        let zero = fault.vma.page_prot | PteFlags::SPECIAL | PteFlags::HUGE | PteFlags::ACCESSED;
        self.set_entry(above, Pte::new(head, zero));
        Ok(Some(Handled::Done(FaultCause::HugeZero)))
    }

    /// A huge page is there. None: it was split, base pages are to be used.
    pub(crate) fn huge_present_fault(
        &mut self,
        fault: &Fault,
        above: EntryRef,
        pmd: Pte,
    ) -> Result<Option<Handled>, FaultError> {
        if !fault.write || pmd.is_writable() {
            let used = if fault.write { PteFlags::ACCESSED | PteFlags::DIRTY } else { PteFlags::ACCESSED };
            self.set_entry(above, pmd.with(used));
            return Ok(Some(Handled::Done(FaultCause::Spurious)));
        }
        if !fault.vma.is_anonymous() {
            self.split_huge(fault.mm, &fault.vma, above, pmd, fault.addr);
            return Ok(None);
        }
        if pmd.is_special() {
            if let Some(handled) = self.replace_huge_zero(fault, above)? {
                return Ok(Some(handled));
            }
        } else if self.take_over_huge(fault, pmd.pfn()) {
            let used = pmd.with(PteFlags::ACCESSED | PteFlags::DIRTY);
            self.set_entry(above, may_write(used, &fault.vma));
            self.flush_huge(fault.mm, fault.addr);
            return Ok(Some(Handled::Done(FaultCause::CowReuse)));
        }
        self.split_huge(fault.mm, &fault.vma, above, pmd, fault.addr);
        Ok(None)
    }

    fn replace_huge_zero(&mut self, fault: &Fault, above: EntryRef) -> Result<Option<Handled>, FaultError> {
        let start = fault.addr.align_down(self.mm(fault.mm).tables.format.span(1));
        let family = self.anon_family(fault)?;
        let Some(head) = self.alloc_huge(fault, start, family) else { return Ok(None) };
        self.set_huge(fault, above, head);
        self.flush_huge(fault.mm, fault.addr);
        Ok(Some(Handled::Done(FaultCause::HugeAnon)))
    }

    /// Whether the huge page is this address space's alone; it is then marked so.
    fn take_over_huge(&mut self, fault: &Fault, head: Pfn) -> bool {
        if self.phys.frame(head).has(FrameFlags::ANON_EXCLUSIVE) {
            return true;
        }
        if self.folios.get(head).total != 1 {
            return false;
        }
        if let Some(family) = fault.vma.anon_vma {
            self.set_folio_family(head, family);
        }
        self.phys.frame_mut(head).insert(FrameFlags::ANON_EXCLUSIVE);
        true
    }

    /// A fresh huge page for `start`, not mapped yet.
    fn alloc_huge(&mut self, fault: &Fault, start: VirtAddr, family: AnonVmaId) -> Option<Pfn> {
        let shift = self.mm(fault.mm).tables.format.page_shift;
        self.huge_page_for_fault(&fault.vma, family, fault.vma.page_index(start, shift))
    }

    /// Maps the fresh huge page at `head` (Linux: `map_anon_folio_pmd`).
    fn set_huge(&mut self, fault: &Fault, above: EntryRef, head: Pfn) {
        let entry =
            Pte::new(head, fault.vma.page_prot | PteFlags::HUGE).with(PteFlags::ACCESSED | PteFlags::DIRTY);
        self.set_entry(above, may_write(entry, &fault.vma));
        self.add_new_huge_rmap(fault.mm, &fault.vma, head);
        self.account_rss(fault.mm, RssDelta::anon(1 << self.huge_order()));
    }

    fn flush_huge(&mut self, mm: crate::MmId, addr: VirtAddr) {
        let span = self.mm(mm).tables.format.span(1);
        self.flush(FlushOwed::range(mm, addr.align_down(span), addr.align_down(span) + span));
    }
}
