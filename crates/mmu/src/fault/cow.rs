//! A write to a page that is there but not writable (Linux: `do_wp_page`, `wp_page_copy`, `wp_page_reuse`).

use super::anon::may_write;
use super::{Fault, FaultResult, Handled};
use crate::account::RssDelta;
use crate::paging::{EntryRef, Pte, PteFlags};
use crate::phys::FrameFlags;
use crate::{FaultCause, Machine, VmFlags};

impl Machine {
    /// Shared mappings make the page dirty; private ones take it over if it is theirs alone, or copy it.
    pub(crate) fn write_protected_fault(&mut self, fault: &Fault, at: EntryRef, pte: Pte) -> FaultResult {
        if fault.vma.flags.intersects(VmFlags::SHARED | VmFlags::MAYSHARE) {
            return self.shared_write_fault(fault, at, pte);
        }
        if !pte.is_special() && self.take_over(fault, pte) {
            self.reuse_entry(fault, at, pte);
            return Ok(Handled::Done(FaultCause::CowReuse));
        }
        self.copy_page(fault, at, pte)
    }

    /// Whether the page is an anonymous one of this address space alone; it is then marked so.
    fn take_over(&mut self, fault: &Fault, pte: Pte) -> bool {
        let pfn = pte.pfn();
        let flags = self.phys.frame(pfn).flags();
        if !flags.contains(FrameFlags::ANON) {
            return false;
        }
        if !flags.contains(FrameFlags::ANON_EXCLUSIVE) {
            if !self.can_reuse_anon(fault.mm, pfn) || !self.leave_swap_cache(pfn) {
                return false;
            }
            let frame = self.phys.frame_mut(pfn);
            frame.insert(FrameFlags::ANON_EXCLUSIVE);
            if let (Some(family), false) = (fault.vma.anon_vma, crate::rmap::is_large(frame)) {
                frame.mapping = family.0;
            }
        }
        true
    }

    /// The entry made writable as it is.
    pub(super) fn reuse_entry(&mut self, fault: &Fault, at: EntryRef, pte: Pte) {
        let used = pte.with(PteFlags::ACCESSED | PteFlags::DIRTY);
        self.set_entry(at, may_write(used, &fault.vma));
        self.flush_page(fault.mm, fault.addr);
    }

    fn copy_page(&mut self, fault: &Fault, at: EntryRef, pte: Pte) -> FaultResult {
        let family = self.anon_family(fault)?;
        let new = self.phys.alloc()?;
        let mut rss = RssDelta::anon(1);
        let mut cause = FaultCause::ZeroToFrame;
        if !pte.is_special() {
            let old = pte.pfn();
            self.phys.copy_frame(old, new);
            let frame = self.phys.frame(old);
            cause = if frame.has(FrameFlags::ANON) { FaultCause::CowCopy } else { FaultCause::FileCow };
            rss.add(frame, -1);
            self.munlock_folio(&fault.vma, old);
            self.rmap_remove(fault.mm, old);
        }
        let entry = self.new_anon_page(fault, new, family);
        self.set_entry(at, entry);
        self.account_rss(fault.mm, rss);
        self.flush_page(fault.mm, fault.addr);
        Ok(Handled::Done(cause))
    }
}
