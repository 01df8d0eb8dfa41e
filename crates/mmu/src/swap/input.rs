//! Reading pages from swap, the one that is wanted and those around it (Linux: `swapin_readahead`, `swap_cluster_readahead`,
//! `swap_vma_readahead`, `alloc_swap_folio`).

use super::{SlotId, SlotOwner, SwapDevice};
use crate::fault::{Fault, FaultError};
use crate::paging::table::Lookup;
use crate::phys::FrameFlags;
use crate::rmap::NEW_ANON;
use crate::{DeviceOp, Machine, Pfn, VirtAddr};
use std::ops::Range;

/// The device did not give the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

impl Machine {
    /// Reads the page of `slot`. From a synchronous device nothing is read ahead for a page that only one entry names, nor does
    /// it enter the swap cache.
    pub(super) fn swap_in(&mut self, fault: &Fault, slot: SlotId) -> Result<Pfn, FaultError> {
        let here = self.owner_at(fault, fault.addr);
        match self.swap.kind_of(slot) {
            SwapDevice::Zram if self.swap.references(slot) <= 1 => self.read_slot(here, slot, false),
            SwapDevice::Disk => self.cluster_swap_in(here, slot),
            SwapDevice::Zram | SwapDevice::Ssd => self.vma_swap_in(fault, slot),
        }
    }

    /// Whose the page at `addr` of the faulting mapping is.
    fn owner_at(&self, fault: &Fault, addr: VirtAddr) -> SlotOwner {
        SlotOwner::anon(&fault.vma, addr, self.mm(fault.mm).tables.format.page_shift)
    }

    /// Reads the slots around `slot` that are used, upwards, and that one, which is `here`'s, in its turn.
    pub(super) fn cluster_swap_in(&mut self, here: SlotOwner, slot: SlotId) -> Result<Pfn, FaultError> {
        let Some(device) = self.swap.devices.of(slot) else { return Err(FaultError::Bus) };
        let Range { start, end } = device.range();
        let window = self.cluster_readahead.window(slot.0 - start, self.config.page_cluster, end - start);
        if window.len() > 1 {
            for other in window.map(|other| SlotId(start + other)) {
                if self.swap.references(other) > 0 && self.swap.cached(other).is_none() {
                    self.read_ahead(here, other, slot)?;
                }
            }
            self.lru_add_drain();
        }
        self.read_wanted(here, slot)
    }

    /// Reads what is in swap of the pages around the fault, upwards, as far as one page table maps them.
    fn vma_swap_in(&mut self, fault: &Fault, slot: SlotId) -> Result<Pfn, FaultError> {
        let format = self.mm(fault.mm).tables.format;
        let (shift, table) = (format.page_shift, format.span(1));
        let page = fault.addr.get() >> shift;
        let window = self.vma_readahead.window(fault.mm, fault.id, page, self.config.page_cluster);
        if window.end - window.start > 1 {
            for addr in window.map(|other| VirtAddr::new(other << shift)) {
                let same_table = addr.get() / table == fault.addr.get() / table;
                if let Some(neighbour) = self.uncached_slot_at(fault, addr).filter(|_| same_table) {
                    self.read_ahead(self.owner_at(fault, addr), neighbour, slot)?;
                }
            }
            self.lru_add_drain();
        }
        self.read_wanted(self.owner_at(fault, fault.addr), slot)
    }

    /// The page of `slot`, once it is here: as a rule readahead has asked for it by now.
    fn read_wanted(&mut self, here: SlotOwner, slot: SlotId) -> Result<Pfn, FaultError> {
        let pfn = match self.swap.cached(slot) {
            Some(pfn) => pfn,
            None => self.read_slot(here, slot, true)?,
        };
        if !self.swap.kind_of(slot).is_synchronous() && !self.swap.is_zero(slot) {
            self.wait_for_read();
        }
        Ok(pfn)
    }

    /// The slot that the entry of `addr` names, if it is in the faulting mapping and the swap cache has no page for it.
    fn uncached_slot_at(&self, fault: &Fault, addr: VirtAddr) -> Option<SlotId> {
        if !fault.vma.contains(addr) {
            return None;
        }
        let Lookup::Base(_, entry) = self.mm(fault.mm).tables.lookup(&self.phys, addr) else { return None };
        let (slot, _) = entry.swap_slot()?;
        self.swap.cached(slot).is_none().then_some(slot)
    }

    /// Reads `slot`, which is marked unless it is the `wanted` one. What cannot be read is left to who asks for it.
    fn read_ahead(&mut self, here: SlotOwner, slot: SlotId, wanted: SlotId) -> Result<(), FaultError> {
        match self.read_slot(here, slot, true) {
            Ok(pfn) if slot != wanted => {
                self.phys.frame_mut(pfn).insert(FrameFlags::READAHEAD);
                self.phys.vmstat.swap_ra += 1;
            }
            Ok(_) | Err(FaultError::Bus) => {}
            Err(other) => return Err(other),
        }
        Ok(())
    }

    /// A frame with the content of `slot`, in the swap cache if `cache`, on its way to a list. It is `here`'s, unless the slot
    /// says otherwise.
    pub(super) fn read_slot(
        &mut self,
        here: SlotOwner,
        slot: SlotId,
        cache: bool,
    ) -> Result<Pfn, FaultError> {
        let pfn = self.alloc_or_reclaim(0)?;
        self.describe_swapped(pfn, slot, here);
        if let Some(shadow) = self.swap.shadow(slot) {
            self.workingset_refault(pfn, shadow);
        }
        if cache {
            self.swap.cache(slot, pfn);
            self.phys.frame_mut(pfn).insert(FrameFlags::SWAPCACHE);
        }
        self.phys.lru_add(pfn);
        match self.read_content(pfn, slot) {
            Ok(()) => Ok(pfn),
            Err(Unreadable) => {
                self.drop_unread(pfn, slot);
                Err(FaultError::Bus)
            }
        }
    }

    /// A page that could not be read is no page. Differs from Linux: with an asynchronous device that keeps it in the swap cache, as
    /// a page that nobody can use, until reclaim drops it.
    pub(super) fn drop_unread(&mut self, pfn: Pfn, slot: SlotId) {
        if self.phys.frame(pfn).has(FrameFlags::SWAPCACHE) {
            self.swap.uncache(slot, None);
        }
        self.phys.free(pfn);
    }

    /// Whose page it is: where the slot was written that is remembered, so that readahead for another mapping names it
    /// rightly.
    pub(super) fn describe_swapped(&mut self, pfn: Pfn, slot: SlotId, here: SlotOwner) {
        const SHMEM: FrameFlags = FrameFlags::FILE.union(FrameFlags::SWAPBACKED).union(FrameFlags::LRU);
        let SlotOwner { shmem, mapping, index } = self.swap.owner(slot).unwrap_or(here);
        let frame = self.phys.frame_mut(pfn);
        frame.insert(if shmem { SHMEM } else { NEW_ANON });
        frame.remove(FrameFlags::ANON_EXCLUSIVE);
        frame.mapping = mapping;
        frame.set_index(index);
    }

    /// Reads a slot into a page.
    pub(super) fn read_content(&mut self, pfn: Pfn, slot: SlotId) -> Result<(), Unreadable> {
        if self.swap.is_zero(slot) {
            self.phys.vmstat.swpin_zero += 1;
            return Ok(());
        }
        if self.device_faults.strikes(DeviceOp::SwapRead) {
            return Err(Unreadable);
        }
        if let Some(bytes) = self.swap.read(slot) {
            self.phys.host_mut().bytes_mut(pfn).copy_from_slice(bytes);
        }
        self.phys.vmstat.pswpin += 1;
        let device = self.swap.kind_of(slot);
        self.swap.devices.transfers_of(device).read += 1;
        self.clock.advance(match device.is_synchronous() {
            true => SwapDevice::DECOMPRESS_NS,
            false => SwapDevice::PAGE_NS,
        });
        Ok(())
    }
}
