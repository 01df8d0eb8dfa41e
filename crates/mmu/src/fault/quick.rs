//! The two faults there are most of, the first read and the first write of anonymous memory, in few steps.
//!
//! Nothing is decided here: what takes more than a look (a new family, frames that are short, a locked mapping, a group, kswapd)
//! goes the long way, and comes to the same.

use super::{FAULT_NS, anonymous_kind, may_write};
use crate::account::account_anon_page;
use crate::paging::{EntryRef, Pte, PteFlags};
use crate::phys::ZERO_PFN;
use crate::rmap::add_new_anon;
use crate::{Access, FaultCause, Machine, MmId, VirtAddr, VmFlags};

impl Machine {
    /// Handles the fault of `access` to `addr`, whose entry `at` is empty, if it is such a one: the entry now. The entry is the
    /// word itself in this format.
    #[inline]
    pub(crate) fn quick_fault(
        &mut self,
        mm: MmId,
        addr: VirtAddr,
        access: Access,
        at: EntryRef,
    ) -> Option<Pte> {
        let space = self.mms[mm.index()].as_mut()?;
        let vmas = space.vmas.own_or_empty();
        let vma = vmas.get(vmas.find(addr)?);
        let busy = !self.mlock_batch.is_empty() || self.phys.zones.kswapd_woken();
        if vma.start > addr || !vma.is_anonymous() || vma.flags.contains(VmFlags::HUGETLB) || busy {
            return None;
        }
        let kind = anonymous_kind(vma, (space.start_brk, space.brk));
        let (entry, cause) = match access {
            Access::Read if vma.flags.intersects(VmFlags::ACCESS) => {
                self.clock.advance(FAULT_NS);
                let zero = vma.page_prot | PteFlags::SPECIAL | PteFlags::ACCESSED;
                (Pte::new(ZERO_PFN, zero), FaultCause::ZeroPage)
            }
            Access::Write if vma.flags & PLAINLY_WRITABLE == VmFlags::WRITE => {
                let family = vma.anon_vma?;
                let pfn = self.phys.alloc_plenty()?;
                self.clock.advance(FAULT_NS);
                add_new_anon(&mut self.phys, pfn, family, vma.page_index(addr, vma.page_shift.into()));
                account_anon_page(&mut space.stats, &mut self.rss);
                let used = Pte::new(pfn, vma.page_prot).with(PteFlags::ACCESSED | PteFlags::DIRTY);
                (may_write(used, vma), FaultCause::AnonWrite)
            }
            _ => return None,
        };
        self.phys.set_pte(at, entry);
        self.ledger.record(cause, kind, false);
        Some(entry)
    }
}

/// Of these flags, a mapping whose new pages need no more than a frame has WRITE alone.
const PLAINLY_WRITABLE: VmFlags = VmFlags::WRITE.union(VmFlags::LOCKED).union(VmFlags::DROPPABLE);
