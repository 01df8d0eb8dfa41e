//! The slots of all swap devices: who refers to each, what it holds, and the swap cache (Linux: `struct swap_info_struct`, the swap map,
//! the swap cache and its shadow entries).

use super::{Devices, SwapDevice};
use crate::ids::InodeId;
use crate::pieces::Pieces;
use crate::reclaim::workingset::Shadow;
use crate::{Pfn, VirtAddr, Vma};
use imbl::OrdMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A slot of a swap device, numbered through over all of them; the first of each is its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SlotId(pub u32);

/// Whose page is in a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotOwner {
    /// A page of shared memory: `mapping` is an `InodeId`; else it is an `AnonVmaId`.
    pub shmem: bool,
    /// The file or the family.
    pub mapping: u32,
    /// The page's index there.
    pub index: u64,
}

impl SlotOwner {
    /// Whose the anonymous page at `addr` of a mapping is, with pages of 2^`page_shift` bytes.
    pub(crate) fn anon(vma: &Vma, addr: VirtAddr, page_shift: u32) -> SlotOwner {
        let mapping = vma.anon_vma.map_or(0, |family| family.0);
        SlotOwner { shmem: false, mapping, index: vma.page_index(addr, page_shift) }
    }

    /// Page `index` of a file in shared memory.
    pub(crate) fn shmem(inode: InodeId, index: u64) -> SlotOwner {
        SlotOwner { shmem: true, mapping: inode.0, index }
    }
}

/// One slot in use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Slot {
    used: bool,
    references: u32,
    cached: Option<Pfn>,
    shadow: Option<Shadow>,
    zero: bool,
    /// The page went out as part of a large one, so that its zeroes were written, too.
    part: bool,
    owner: Option<SlotOwner>,
}

/// All swap space.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SwapArea {
    slots: Pieces<Slot>,
    used: u32,
    most_used: u32,
    /// Where the slots are.
    pub devices: Devices,
    uncached: u32,
    slot_of: Pieces<u32>,
    /// Slots that only a page in memory still has, no entry.
    only_cached: BTreeSet<SlotId>,
    contents: OrdMap<SlotId, Arc<[u8]>>,
}

impl SwapArea {
    /// From now on clones share the slots.
    pub(crate) fn freeze(&mut self) {
        self.slots.freeze();
        self.slot_of.freeze();
    }

    /// Slots there are.
    #[inline]
    pub fn total(&self) -> u32 {
        self.devices.total()
    }

    /// Slots in use.
    pub fn used(&self) -> u32 {
        self.used
    }

    /// The most slots that ever were in use.
    pub fn most_used(&self) -> u32 {
        self.most_used
    }

    /// Slots in use whose page is not in the swap cache, but only here.
    pub fn uncached(&self) -> u32 {
        self.uncached
    }

    /// Whether a slot is free.
    pub fn has_room(&self) -> bool {
        self.devices.has_room()
    }

    /// Whether more than half of it is in use, so that a page read back had better give its slot up (Linux: `vm_swap_full`).
    pub fn is_half_full(&self) -> bool {
        self.total().saturating_sub(self.used) * 2 < self.total()
    }

    /// A free slot for `pfn`, which enters the swap cache.
    pub fn alloc(&mut self, pfn: Pfn) -> Option<SlotId> {
        let id = self.devices.alloc(|id| self.slots.get(id as usize).is_some_and(|slot| slot.used))?;
        self.begin(id, pfn);
        Some(id)
    }

    /// Slots side by side for the `pages` pages from `head` on, as many as a cluster has: the first. They enter the swap cache, to be
    /// written as one.
    pub(super) fn alloc_cluster(&mut self, head: Pfn, pages: u32, part: bool) -> Option<SlotId> {
        let first = self.devices.alloc_cluster(pages)?;
        for i in 0..pages {
            self.begin(SlotId(first.0 + i), head + i);
            self.slot(SlotId(first.0 + i)).part = part;
        }
        Some(first)
    }

    fn begin(&mut self, id: SlotId, pfn: Pfn) {
        *self.slot(id) = Slot { used: true, ..Slot::default() };
        self.used += 1;
        self.most_used = self.most_used.max(self.used);
        self.uncached += 1;
        self.cache(id, pfn);
    }

    /// Whether a page of only zeroes needs no output for this slot.
    pub(super) fn spares_zeroes(&self, id: SlotId) -> bool {
        self.slots.get(id.0 as usize).is_some_and(|slot| !slot.part)
    }

    /// What kind of device a slot is on.
    pub fn kind_of(&self, id: SlotId) -> SwapDevice {
        self.devices.of(id).map_or_else(SwapDevice::default, |device| device.kind)
    }

    fn slot(&mut self, id: SlotId) -> &mut Slot {
        self.slots.at(id.0 as usize)
    }

    /// Puts a page in the swap cache for a slot; its shadow is gone.
    pub fn cache(&mut self, id: SlotId, pfn: Pfn) {
        let slot = self.slot(id);
        let was_cached = slot.cached.replace(pfn).is_some();
        slot.shadow = None;
        self.uncached -= u32::from(!was_cached);
        *self.slot_of.at(pfn.index()) = id.0;
        self.note_owners(id);
    }

    /// A page in the swap cache has moved to another frame.
    pub(crate) fn move_cached(&mut self, from: Pfn, to: Pfn) {
        if let Some(id) = self.slot_of(from) {
            *self.slot_of.at(from.index()) = 0;
            *self.slot_of.at(to.index()) = id.0;
            self.slot(id).cached = Some(to);
        }
    }

    /// Takes the page of a slot out of the swap cache; the slot is free if no entry refers to it.
    pub fn uncache(&mut self, id: SlotId, shadow: Option<Shadow>) {
        let slot = self.slot(id);
        slot.shadow = shadow;
        if let Some(pfn) = slot.cached.take() {
            *self.slot_of.at(pfn.index()) = 0;
            self.uncached += 1;
        }
        self.note_owners(id);
        self.free_if_unused(id);
    }

    /// The slot of a page in the swap cache.
    pub fn slot_of(&self, pfn: Pfn) -> Option<SlotId> {
        self.slot_of.get(pfn.index()).map(|&id| SlotId(id)).filter(|id| id.0 != 0)
    }

    /// The page that the swap cache has for a slot.
    pub fn cached(&self, id: SlotId) -> Option<Pfn> {
        self.slots.get(id.0 as usize)?.cached
    }

    /// The shadow that an evicted page left.
    pub fn shadow(&self, id: SlotId) -> Option<Shadow> {
        self.slots.get(id.0 as usize)?.shadow
    }

    /// Page-table entries that refer to a slot, and the file whose page is there.
    pub fn references(&self, id: SlotId) -> u32 {
        self.slots.get(id.0 as usize).map_or(0, |slot| slot.references)
    }

    /// One entry more refers to it (Linux: `swap_duplicate`).
    pub fn add_reference(&mut self, id: SlotId) {
        self.slot(id).references += 1;
        self.note_owners(id);
    }

    /// One entry less; the slot is free if that was all and the swap cache has no page for it (Linux: `swap_free`).
    pub fn drop_reference(&mut self, id: SlotId) {
        let slot = self.slot(id);
        slot.references = slot.references.saturating_sub(1);
        self.note_owners(id);
        self.free_if_unused(id);
    }

    fn free_if_unused(&mut self, id: SlotId) {
        let slot = self.slot(id);
        if slot.used && slot.references == 0 && slot.cached.is_none() {
            *slot = Slot::default();
            self.used -= 1;
            self.uncached -= 1;
            self.contents.remove(&id);
            self.devices.free(id);
        }
    }

    /// Writes a page: `bytes` is None for one of only zeroes, which needs no output as a rule.
    pub fn write(&mut self, id: SlotId, bytes: Option<&[u8]>) {
        self.slot(id).zero = bytes.is_none() && self.spares_zeroes(id);
        match bytes {
            Some(bytes) => self.contents.insert(id, bytes.into()),
            None => self.contents.remove(&id),
        };
    }

    /// Remembers whose page is in a slot.
    pub fn set_owner(&mut self, id: SlotId, owner: SlotOwner) {
        self.slot(id).owner = Some(owner);
    }

    /// A slot that only a page in memory still has, no entry, for which `may_go`.
    pub fn only_cached(&self, may_go: impl Fn(Pfn) -> bool) -> Option<(SlotId, Pfn)> {
        let mut slots = self.only_cached.iter().filter_map(|&id| Some((id, self.cached(id)?)));
        slots.find(|&(_, pfn)| may_go(pfn))
    }

    /// Keeps account of the slots that no entry refers to.
    fn note_owners(&mut self, id: SlotId) {
        let Some(slot) = self.slots.get(id.0 as usize) else { return };
        match slot.references == 0 && slot.cached.is_some() {
            true => self.only_cached.insert(id),
            false => self.only_cached.remove(&id),
        };
    }

    /// The slots in use, in order.
    pub fn slots_in_use(&self) -> impl Iterator<Item = SlotId> {
        (0u32..).zip(self.slots.iter()).filter(|(_, slot)| slot.used).map(|(id, _)| SlotId(id))
    }

    /// Whose page is in a slot.
    pub fn owner(&self, id: SlotId) -> Option<SlotOwner> {
        self.slots.get(id.0 as usize)?.owner
    }

    /// Whether the slot holds a page of only zeroes (Linux: `swap_zeromap_folio_check`).
    pub fn is_zero(&self, id: SlotId) -> bool {
        self.slots.get(id.0 as usize).is_some_and(|slot| slot.zero)
    }

    /// What was written.
    pub fn read(&self, id: SlotId) -> Option<&[u8]> {
        self.contents.get(&id).map(|bytes| &bytes[..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_lives_while_an_entry_or_the_cache_needs_it() {
        let mut area = SwapArea::default();
        area.devices.add(SwapDevice::Zram, 3, None).unwrap();
        let first = area.alloc(Pfn(7)).unwrap();
        area.add_reference(first);
        area.write(first, Some(&[1; 4096]));
        area.uncache(first, None);
        assert_eq!((area.used(), area.slot_of(Pfn(7))), (1, None));
        let second = area.alloc(Pfn(8)).unwrap();
        assert_eq!(area.alloc(Pfn(9)), None, "full");
        area.uncache(second, None);
        assert_eq!(area.used(), 1, "nobody wanted it");
        assert_eq!(area.read(first).unwrap()[4095], 1);
        area.drop_reference(first);
        assert_eq!((area.used(), area.read(first)), (0, None));
        assert_eq!(area.most_used(), 2);
    }
}
