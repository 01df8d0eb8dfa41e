//! Switching swap devices on and off (Linux: `swapon(2)`, `swapoff(2)`, `try_to_unuse`).

use super::input::Unreadable;
use super::{SlotId, SlotOwner, SwapDevice, SwapId};
use crate::account::RssDelta;
use crate::paging::table::Lookup;
use crate::paging::{EntryRef, Pte, PteFlags, Visit};
use crate::phys::FrameFlags;
use crate::phys::Shortage;
use crate::reclaim::MAX_RECLAIM_RETRIES;
use crate::reclaim::OverLimit;
use crate::{Machine, MmId, Pfn, VirtAddr};
use serde::{Deserialize, Serialize};

/// A swap device of a machine's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SwapSetup {
    /// What kind it is.
    pub kind: SwapDevice,
    /// Its size in bytes.
    pub bytes: u64,
    /// The higher, the sooner it is used; None: after all others.
    pub priority: Option<i32>,
}

/// Why a device was not switched on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SwapOnError {
    /// It has no page besides its header.
    #[error("a swap device needs two pages at least")]
    TooSmall,
    /// The slots of all devices are more than can be numbered.
    #[error("more than 2^32 slots of swap")]
    TooLarge,
}

/// Why a device was not switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SwapOffError {
    /// No such device is in use (EINVAL).
    #[error("no swap device {0:?} is in use")]
    NotInUse(SwapId),
    /// Its pages do not fit into memory (ENOMEM); it stays in use, with fewer pages perhaps.
    #[error("no memory for the pages in swap")]
    NoMemory,
    /// A page cannot be read (EIO); the device stays in use. Differs from Linux: that goes on, and the page is lost.
    #[error("a page in swap cannot be read")]
    Unreadable,
}

impl Machine {
    /// Switches a device of `bytes` bytes on. Without a priority it is used after all others.
    ///
    /// # Errors
    /// [`SwapOnError`].
    pub fn swapon(
        &mut self,
        kind: SwapDevice,
        bytes: u64,
        priority: Option<i32>,
    ) -> Result<SwapId, SwapOnError> {
        let pages = bytes >> self.config.format.page_shift;
        if pages < 2 {
            return Err(SwapOnError::TooSmall);
        }
        let pages = u32::try_from(pages).map_err(|_| SwapOnError::TooLarge)?;
        let id = self.swap.devices.add(kind, pages, priority).ok_or(SwapOnError::TooLarge)?;
        Ok(id)
    }

    /// Brings all pages of a device back into memory and switches it off.
    ///
    /// # Errors
    /// [`SwapOffError`].
    pub fn swapoff(&mut self, id: SwapId) -> Result<(), SwapOffError> {
        let device = self.swap.devices.get(id).ok_or(SwapOffError::NotInUse(id))?;
        let slots = device.range();
        self.swap.devices.set_writable(id, false);
        let unused = self.try_to_unuse(slots);
        match unused {
            Ok(()) => self.swap.devices.remove(id),
            Err(_) => self.swap.devices.set_writable(id, true),
        }
        unused
    }

    /// Switches the configured devices on; those too small to hold a page are none.
    pub(crate) fn add_configured_swap(&mut self) {
        let first =
            SwapSetup { kind: self.config.swap_device, bytes: self.config.swap_bytes, priority: None };
        let setups: Vec<SwapSetup> = [first].into_iter().chain(self.config.more_swaps.clone()).collect();
        for setup in setups {
            // What does not fit is no swap, as a partition that mkswap refused.
            let _ = self.swapon(setup.kind, setup.bytes, setup.priority);
        }
    }

    fn try_to_unuse(&mut self, slots: std::ops::Range<u32>) -> Result<(), SwapOffError> {
        self.shmem_unuse(&slots, Machine::page_of_slot)?;
        for mm in (0..self.mms.len() as u32).map(MmId) {
            if self.mms[mm.index()].is_some() {
                self.unuse_mm(mm, &slots)?;
            }
        }
        let cached: Vec<SlotId> = self.swap.slots_in_use().filter(|slot| slots.contains(&slot.0)).collect();
        for slot in cached {
            if let Some(pfn) = self.swap.cached(slot) {
                self.wait_for_write(pfn);
                self.drop_from_swap_cache(pfn, slot);
            }
        }
        Ok(())
    }

    /// Maps all pages of an address space that are in these slots (Linux: `unuse_mm`).
    fn unuse_mm(&mut self, mm: MmId, slots: &std::ops::Range<u32>) -> Result<(), SwapOffError> {
        let mut entries = Vec::new();
        self.mm(mm).tables.visit(&self.phys, &mut |visit| {
            if let Visit::Leaf { addr, pte, .. } = visit
                && pte.swap_slot().is_some_and(|(slot, _)| slots.contains(&slot.0))
            {
                entries.push(addr);
            }
        });
        entries.into_iter().try_for_each(|addr| self.unuse_pte(mm, addr))
    }

    /// Maps the page that an entry names, unused and not writable yet: a store asks for that (Linux: `unuse_pte`).
    fn unuse_pte(&mut self, mm: MmId, addr: VirtAddr) -> Result<(), SwapOffError> {
        let Some((_, slot, _)) = self.swap_entry_at(mm, addr) else { return Ok(()) };
        let here = self.owner_of_entry(mm, addr);
        let pfn = self.page_of_slot(here, slot)?;
        let Some((at, slot, exclusive)) = self.swap_entry_at(mm, addr) else { return Ok(()) };
        let id = self.mm(mm).vmas.at(addr).expect("an entry is in a mapping");
        let prot = self.mm(mm).vmas.get(id).page_prot;
        self.wait_for_write(pfn);
        self.set_entry(at, Pte::new(pfn, prot).without(PteFlags::WRITABLE | PteFlags::ACCESSED));
        self.swap.drop_reference(slot);
        let frame = self.phys.frame_mut(pfn);
        frame.inc_mapcount();
        frame.set(FrameFlags::ANON_EXCLUSIVE, exclusive);
        self.account_rss(mm, RssDelta { anon: 1, swap: -1, ..RssDelta::default() });
        if self.swap.references(slot) == 0 {
            self.drop_from_swap_cache(pfn, slot);
        }
        Ok(())
    }

    /// Whose the page is that the entry of `addr` names.
    fn owner_of_entry(&self, mm: MmId, addr: VirtAddr) -> SlotOwner {
        let id = self.mm(mm).vmas.at(addr).expect("an entry is in a mapping");
        SlotOwner::anon(self.mm(mm).vmas.get(id), addr, self.page_shift())
    }

    /// Reads the page that the entry of `addr` names into the swap cache, if it is in swap (Linux: `swapin_walk_pmd_entry`). What
    /// cannot be read is left to who asks for it.
    pub(crate) fn swap_in_ahead(&mut self, mm: MmId, addr: VirtAddr) {
        if let Some((_, slot, _)) = self.swap_entry_at(mm, addr) {
            let here = self.owner_of_entry(mm, addr);
            let _ = self.page_of_slot(here, slot);
        }
    }

    /// The page of a slot, in the swap cache, read if need be; it is `here`'s, unless the slot says otherwise.
    pub(crate) fn page_of_slot(&mut self, here: SlotOwner, slot: SlotId) -> Result<Pfn, SwapOffError> {
        if let Some(pfn) = self.swap.cached(slot) {
            return Ok(pfn);
        }
        let pfn = self.alloc_without_killing()?;
        self.describe_swapped(pfn, slot, here);
        self.phys.frame_mut(pfn).insert(FrameFlags::SWAPCACHE);
        self.swap.cache(slot, pfn);
        self.phys.lru_add(pfn);
        match self.read_content(pfn, slot) {
            Ok(()) => Ok(pfn),
            Err(Unreadable) => {
                self.drop_unread(pfn, slot);
                Err(SwapOffError::Unreadable)
            }
        }
    }

    /// The swap entry of `addr`: where it is, its slot, and whether nobody else has the page.
    fn swap_entry_at(&self, mm: MmId, addr: VirtAddr) -> Option<(EntryRef, SlotId, bool)> {
        let Lookup::Base(at, pte) = self.mm(mm).tables.lookup(&self.phys, addr) else { return None };
        let (slot, exclusive) = pte.swap_slot()?;
        Some((at, slot, exclusive))
    }

    /// A frame, reclaimed if need be; nobody is killed for it, as Linux would rather let the caller fail.
    fn alloc_without_killing(&mut self) -> Result<Pfn, SwapOffError> {
        for _ in 0..MAX_RECLAIM_RETRIES {
            if let Ok(pfn) = self.phys.alloc_order(0) {
                return Ok(pfn);
            }
            match self.phys.short_of {
                Shortage::Group(over) => self.reclaim_pages(over == OverLimit::Memory),
                Shortage::Machine => self.reclaim_directly(),
            };
        }
        Err(SwapOffError::NoMemory)
    }

    /// The page leaves the swap cache; one that nobody maps is freed.
    fn drop_from_swap_cache(&mut self, pfn: Pfn, slot: SlotId) {
        self.free_swap(pfn, slot);
        if self.phys.frame(pfn).mapcount() == 0 {
            self.phys.free(pfn);
        }
    }
}
