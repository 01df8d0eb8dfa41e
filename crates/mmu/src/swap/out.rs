//! A page goes to swap (Linux: `folio_alloc_swap`, `swap_writeout`, `folio_end_writeback`, `folio_rotate_reclaimable`).

use super::{SlotId, SlotOwner};
use crate::phys::FrameFlags;
use crate::reclaim::LruList;
use crate::{DeviceOp, Machine, Pfn};

impl Machine {
    /// Gives an anonymous page a slot and puts it in the swap cache; it is dirty then. False if no slot is free.
    pub(crate) fn add_to_swap(&mut self, pfn: Pfn) -> bool {
        if self.phys.frame(pfn).has(FrameFlags::SWAPCACHE) {
            return true;
        }
        let Some(slot) = self.alloc_slot(pfn) else { return false };
        self.enter_swap_cache(pfn, slot);
        true
    }

    /// Gives a huge page, all of which is mapped, on no list, slots side by side and takes it apart into pages that are in the swap cache. False
    /// if no device has such slots; nothing has changed then.
    fn add_folio_to_swap(&mut self, head: Pfn) -> bool {
        let pages = self.folio_nr_pages(head);
        let Some(first) = self.alloc_slots(head) else { return false };
        self.split_unchanged(head);
        (0..pages).for_each(|i| self.enter_swap_cache(head + i, SlotId(first.0 + i)));
        true
    }

    /// Slots side by side for a large folio: the first.
    pub(super) fn alloc_slots(&mut self, head: Pfn) -> Option<SlotId> {
        let pages = self.folio_nr_pages(head);
        let host = self.phys.host();
        let blank = (0..pages).all(|i| host.words(head + i).iter().all(|word| *word == 0));
        let first = self.swap.alloc_cluster(head, pages, !blank)?;
        self.phys.vmstat.thp_swpout += u64::from(!blank);
        Some(first)
    }

    /// Gives a large anonymous folio on no list swap space: as a whole if all of it is mapped and a device has room for that, else
    /// to its first page, once it is taken apart. The pages behind the first go to `rest`, those to be looked at next last. False if no
    /// slot is free.
    pub(crate) fn add_large_to_swap(&mut self, head: Pfn, rest: &mut Vec<Pfn>) -> bool {
        let partial = self.is_partially_mapped(head);
        let pages = self.folio_nr_pages(head);
        if !partial && self.add_folio_to_swap(head) {
            rest.extend((1..pages).rev().map(|i| head + i));
            return true;
        }
        self.phys.vmstat.thp_swpout_fallback += u64::from(!partial);
        rest.extend(self.split_isolated(head).into_iter().filter(|pfn| *pfn != head));
        !self.phys.frame(head).has(FrameFlags::ANON) || self.add_to_swap(head)
    }

    /// The page has the slot from now on; it is dirty.
    pub(super) fn enter_swap_cache(&mut self, pfn: Pfn, slot: SlotId) {
        let frame = self.phys.frame_mut(pfn);
        frame.insert(FrameFlags::SWAPCACHE | FrameFlags::DIRTY);
        let (mapping, index) = (frame.mapping, frame.index());
        self.swap.set_owner(slot, SlotOwner { shmem: !frame.has(FrameFlags::ANON), mapping, index });
    }

    /// A slot; if there is none, one is taken from a page in memory that has no need of it (Linux: `cluster_reclaim_range`,
    /// `swap_reclaim_full_clusters`).
    pub(super) fn alloc_slot(&mut self, pfn: Pfn) -> Option<SlotId> {
        if !self.swap.has_room() {
            let may_go = |pfn| !self.phys.frame(pfn).has(FrameFlags::WRITEBACK);
            let (slot, owner) = self.swap.only_cached(may_go)?;
            self.free_swap(owner, slot);
        }
        self.swap.alloc(pfn)
    }

    /// Writes a page of the swap cache; true if that has ended already: synchronous devices and pages of only zeroes, which
    /// need no output. A page that the device does not take is dirty as before, and stays.
    pub(crate) fn swap_writepage(&mut self, pfn: Pfn) -> bool {
        let Some(slot) = self.swap.slot_of(pfn) else { return true };
        self.phys.frame_mut(pfn).remove(FrameFlags::DIRTY);
        let bytes = self.phys.host().bytes(pfn).filter(|bytes| bytes.iter().any(|&byte| byte != 0));
        let empty = bytes.is_none() && self.swap.spares_zeroes(slot);
        let failed = !empty && self.device_faults.strikes(DeviceOp::SwapWrite);
        if !failed {
            self.swap.write(slot, bytes.as_deref());
        }
        if empty {
            self.phys.vmstat.swpout_zero += 1;
            return true;
        }
        self.phys.vmstat.pswpout += 1;
        if failed {
            self.phys.frame_mut(pfn).insert(FrameFlags::DIRTY);
            return false;
        }
        let device = self.swap.kind_of(slot);
        self.swap.devices.transfers_of(device).written += 1;
        self.clock.advance(device.submit_ns());
        if device.is_synchronous() {
            return true;
        }
        self.phys.frame_mut(pfn).insert(FrameFlags::WRITEBACK | FrameFlags::RECLAIM);
        self.submit_write(pfn, slot);
        false
    }

    /// Ends the writes whose time has come: their pages go to the tail, to be freed by the next scan, unless they were used
    /// meanwhile.
    pub(crate) fn end_writes(&mut self) {
        self.run_flusher();
        let now_ns = self.clock.now_ns();
        while let Some(pfn) = self.phys.lruvec.as_mut().and_then(|lruvec| lruvec.next_ended_write(now_ns)) {
            self.end_write(pfn);
        }
    }

    /// Waits until the write of an isolated page has ended.
    pub(crate) fn wait_for_write(&mut self, pfn: Pfn) {
        self.pull_plug();
        if let Some(ends_ns) = self.phys.lruvec.as_ref().and_then(|lruvec| lruvec.write_end_ns(pfn)) {
            self.clock.advance_to(ends_ns);
        }
        self.end_writes();
    }

    fn end_write(&mut self, pfn: Pfn) {
        let reclaim = self.phys.frame(pfn).has(FrameFlags::RECLAIM);
        self.phys.frame_mut(pfn).remove(FrameFlags::WRITEBACK);
        if !reclaim {
            return;
        }
        self.phys.frame_mut(pfn).remove(FrameFlags::RECLAIM);
        let frame = self.phys.frame(pfn);
        let (file, order) = (!frame.has(FrameFlags::SWAPBACKED), frame.order());
        let Some(lruvec) = &mut self.phys.lruvec else { return };
        if lruvec.rotate(pfn, order, LruList::of(file, false)) {
            self.phys.frame_mut(pfn).remove(FrameFlags::ACTIVE);
            self.phys.vmstat.pgrotated += 1 << order;
        }
    }
}
