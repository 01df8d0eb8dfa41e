//! A page comes back from swap (Linux: `do_swap_page`).

use super::{SlotId, SwapDevice};
use crate::account::RssDelta;
use crate::fault::{Fault, FaultError, FaultResult, Handled, may_write};
use crate::paging::{EntryRef, Pte, PteFlags};
use crate::phys::FrameFlags;
use crate::reclaim::MAX_RECLAIM_RETRIES;
use crate::{FaultCause, Machine, Pfn, VmFlags};

impl Machine {
    /// Handles a fault on an entry that names a swap slot.
    pub(crate) fn swap_fault(&mut self, fault: &Fault, at: EntryRef, entry: Pte) -> FaultResult {
        let Some((slot, exclusive)) = entry.swap_slot() else { return Err(FaultError::Bus) };
        let cached = self.swap.cached(slot);
        let pfn = match cached {
            Some(pfn) => pfn,
            None => self.swap_in(fault, slot)?,
        };
        if cached.is_some() {
            self.note_found(fault, pfn, slot);
        }
        let fresh = self.swap.slot_of(pfn).is_none();
        if fault.write && !fresh {
            // A page that waits for its list is held by the batch, so it would not look like the fault's alone.
            self.drain_if_waiting(pfn);
        }
        self.swap.drop_reference(slot);
        if self.should_free_slot(fault, pfn, slot) {
            self.free_swap(pfn, slot);
        }
        let exclusive = exclusive || fresh || self.is_last_owner(pfn);
        let pte = self.entry_of_swapped(fault, pfn, exclusive);
        self.map_swapped(fault, pfn, exclusive);
        self.set_entry(at, pte);
        if fault.write && !pte.is_writable() && fault.vma.flags.contains(VmFlags::WRITE) {
            self.write_swapped(fault, at, pte)?;
        }
        Ok(if cached.is_some() {
            Handled::Done(FaultCause::SwapIn)
        } else {
            Handled::Major(FaultCause::SwapIn)
        })
    }

    /// The page is here, but not the fault's alone. Where there is no memory for a copy, reclaim may take the page away again:
    /// then the access faults once more.
    fn write_swapped(&mut self, fault: &Fault, at: EntryRef, pte: Pte) -> Result<(), FaultError> {
        let mut retries = MAX_RECLAIM_RETRIES;
        while Pte(self.phys.host().word(at.table, at.index as usize * 8)) == pte {
            match self.write_protected_fault(fault, at, pte) {
                Err(FaultError::Oom) if self.relieve(&mut retries) => {}
                result => return result.map(|_| ()),
            }
        }
        Ok(())
    }

    fn map_swapped(&mut self, fault: &Fault, pfn: Pfn, exclusive: bool) {
        let frame = self.phys.frame_mut(pfn);
        frame.inc_mapcount();
        frame.set(FrameFlags::ANON_EXCLUSIVE, exclusive);
        self.account_rss(fault.mm, RssDelta { anon: 1, swap: -1, ..RssDelta::default() });
    }

    fn entry_of_swapped(&self, fault: &Fault, pfn: Pfn, exclusive: bool) -> Pte {
        let pte = Pte::new(pfn, fault.vma.page_prot).with(PteFlags::ACCESSED);
        match exclusive {
            true if fault.write => may_write(pte, &fault.vma).with(PteFlags::DIRTY),
            true => may_write(pte, &fault.vma),
            false => pte.without(PteFlags::WRITABLE),
        }
    }

    /// No other entry, present or in swap, has the page.
    fn is_last_owner(&self, pfn: Pfn) -> bool {
        let in_swap = self.swap.slot_of(pfn).is_some();
        !in_swap && self.phys.frame(pfn).mapcount() == 0
    }

    /// Whether the page gives its slot up now (Linux: `should_try_to_free_swap`): swap is half full, the mapping is locked, or a
    /// write finds that nobody else has the page.
    fn should_free_slot(&self, fault: &Fault, pfn: Pfn, slot: SlotId) -> bool {
        let frame = self.phys.frame(pfn);
        frame.has(FrameFlags::SWAPCACHE)
            && !frame.has(FrameFlags::WRITEBACK)
            && self.swap.references(slot) == 0
            && (self.swap.is_half_full()
                || fault.vma.flags.contains(VmFlags::LOCKED)
                || fault.write && frame.mapcount() == 0)
    }

    /// A mapping would have the page for itself: takes it out of the swap cache if it is there. False if that cannot be,
    /// since another entry names its slot or it is being written.
    pub(crate) fn leave_swap_cache(&mut self, pfn: Pfn) -> bool {
        let Some(slot) = self.swap.slot_of(pfn) else { return true };
        let busy = self.swap.references(slot) > 0 || self.phys.frame(pfn).has(FrameFlags::WRITEBACK);
        if !busy {
            self.free_swap(pfn, slot);
        }
        !busy
    }

    /// Takes a page out of the swap cache; its content is nowhere else now (Linux: `folio_free_swap`).
    pub(crate) fn free_swap(&mut self, pfn: Pfn, slot: SlotId) {
        self.swap.uncache(slot, None);
        let frame = self.phys.frame_mut(pfn);
        frame.remove(FrameFlags::SWAPCACHE);
        frame.insert(FrameFlags::DIRTY);
    }

    /// The last entry that mapped an anonymous page is gone: unless its slot in the swap cache is named elsewhere, so is
    /// the page (Linux: `free_folio_and_swap_cache`).
    pub(crate) fn free_unmapped_anon(&mut self, pfn: Pfn) {
        if self.phys.frame(pfn).has(FrameFlags::SWAPCACHE)
            && let Some(slot) = self.swap.slot_of(pfn)
        {
            if self.swap.references(slot) > 0 {
                return;
            }
            self.free_swap(pfn, slot);
        }
        self.phys.free(pfn);
    }

    /// The page was in the swap cache: tells readahead.
    fn note_found(&mut self, fault: &Fault, pfn: Pfn, slot: SlotId) {
        let page = fault.addr.get() >> self.mm(fault.mm).tables.format.page_shift;
        let frame = self.phys.frame_mut(pfn);
        let ahead = frame.has(FrameFlags::READAHEAD);
        frame.remove(FrameFlags::READAHEAD);
        self.phys.vmstat.swap_ra_hit += u64::from(ahead);
        match self.swap.kind_of(slot) {
            SwapDevice::Zram | SwapDevice::Ssd => self.vma_readahead.found(fault.mm, fault.id, page, ahead),
            _ if ahead => self.cluster_readahead.hit(),
            _ => {}
        }
    }
}
