//! The swap devices in use, and which of them gives the next slot (Linux: `struct swap_info_struct`, `swap_avail_head`,
//! `folio_alloc_swap`).
//!
//! The device with the highest priority goes first until it is full. Among equals the next one's turn is after every slot on
//! devices that rotate, after a cluster of slots on others (the processor's own cluster, `percpu_swap_cluster`), as measured on
//! Linux 6.18. Slots are numbered through: a device has a range of its own, whose first one is its header.

use super::clusters::Clusters;
use super::{SlotId, SwapDevice};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// A swap device that was switched on, counted from 0 (Linux: `swp_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SwapId(pub u32);

/// A device in use.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SwapInfo {
    /// What kind it is.
    pub kind: SwapDevice,
    /// The higher, the sooner it is used.
    pub priority: i32,
    /// The number of its header.
    first: u32,
    pages: u32,
    used: u32,
    clusters: Clusters,
    /// Slots may be given out (SWP_WRITEOK); not while it is being switched off.
    writable: bool,
}

impl SwapInfo {
    /// Slots it has.
    pub fn total(&self) -> u32 {
        self.pages.saturating_sub(1)
    }

    /// Slots in use.
    pub fn used(&self) -> u32 {
        self.used
    }

    /// The numbers of its slots, the header among them.
    pub(crate) fn range(&self) -> Range<u32> {
        self.first..self.first + self.pages
    }

    fn has_room(&self) -> bool {
        self.writable && self.used < self.total()
    }

    /// A slot for which `is_used` is false.
    fn alloc(&mut self, is_used: impl Fn(u32) -> bool) -> Option<SlotId> {
        let first = self.first;
        let slot = self.clusters.take(|slot| !is_used(first + slot))?;
        self.used += 1;
        Some(SlotId(first + slot))
    }
}

/// All devices.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Devices {
    /// By [`SwapId`]; None where one was switched off.
    list: Vec<Option<SwapInfo>>,
    /// Those in use in the order in which they are asked (`swap_avail_head`).
    order: Vec<SwapId>,
    /// The lowest priority given to a device that came without one (`least_priority`).
    least_priority: i32,
    /// The end of the slot numbers given out.
    end: u32,
    /// The device whose cluster the processor is at, if that does not rotate.
    at: Option<SwapId>,
    /// Pages read from and written to devices of each kind, those that are off again included.
    transfers: BTreeMap<SwapDevice, Transfers>,
}

/// Pages that went between memory and devices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfers {
    /// Pages read.
    pub read: u64,
    /// Pages written.
    pub written: u64,
}

/// The first device that comes without a priority gets the one below this.
const LEAST_PRIORITY: i32 = -1;

impl Devices {
    /// Adds a device of `pages` pages, its header among them. Without a priority it goes behind all others. None if its slots
    /// could not be numbered.
    pub(crate) fn add(&mut self, kind: SwapDevice, pages: u32, priority: Option<i32>) -> Option<SwapId> {
        let end = self.end.checked_add(pages)?;
        let priority = priority.unwrap_or_else(|| {
            self.least_priority = self.least_priority.min(LEAST_PRIORITY) - 1;
            self.least_priority
        });
        let id = SwapId(self.list.len() as u32);
        let first = std::mem::replace(&mut self.end, end);
        self.list.push(Some(SwapInfo {
            kind,
            priority,
            first,
            pages,
            used: 0,
            clusters: Clusters::new(pages),
            writable: true,
        }));
        self.enqueue(id);
        Some(id)
    }

    /// Behind those of the same priority.
    fn enqueue(&mut self, id: SwapId) {
        let Some(priority) = self.get(id).map(|device| device.priority) else { return };
        let at = self.order.partition_point(|&other| self.get(other).is_some_and(|d| d.priority >= priority));
        self.order.insert(at, id);
    }

    /// A device in use.
    pub fn get(&self, id: SwapId) -> Option<&SwapInfo> {
        self.list.get(id.0 as usize)?.as_ref()
    }

    fn get_mut(&mut self, id: SwapId) -> Option<&mut SwapInfo> {
        self.list.get_mut(id.0 as usize)?.as_mut()
    }

    /// The devices in use, in the order in which they were switched on.
    pub fn iter(&self) -> impl Iterator<Item = (SwapId, &SwapInfo)> {
        (0u32..).zip(&self.list).filter_map(|(id, device)| Some((SwapId(id), device.as_ref()?)))
    }

    /// The device of a slot.
    pub(crate) fn of(&self, slot: SlotId) -> Option<&SwapInfo> {
        self.list.iter().flatten().find(|device| device.range().contains(&slot.0))
    }

    /// A slot from the processor's cluster, else from the first device that has one.
    pub(super) fn alloc(&mut self, is_used: impl Fn(u32) -> bool) -> Option<SlotId> {
        let id = self.at.take().filter(|&id| self.get(id).is_some_and(SwapInfo::has_room));
        let id = id.or_else(|| self.next_in_turn())?;
        let device = self.get_mut(id)?;
        let slot = device.alloc(is_used);
        self.at = (device.kind != SwapDevice::Disk && device.clusters.is_within()).then_some(id);
        slot
    }

    /// The first of `pages` slots that make a whole cluster of the first device, if that has one to give. Only a block device can
    /// (SWP_BLKDEV): zram is one, the others are files.
    pub(super) fn alloc_cluster(&mut self, pages: u32) -> Option<SlotId> {
        let id = self.next_in_turn()?;
        let device = self.get_mut(id).filter(|device| device.kind == SwapDevice::Zram)?;
        let slot = device.clusters.take_whole(pages)?;
        device.used += pages;
        Some(SlotId(device.first + slot))
    }

    /// The first device that has a slot; it goes behind its equals.
    fn next_in_turn(&mut self) -> Option<SwapId> {
        let at = self.order.iter().position(|&id| self.get(id).is_some_and(SwapInfo::has_room))?;
        let id = self.order.remove(at);
        self.enqueue(id);
        Some(id)
    }

    /// Pages read from and written to devices of each kind so far.
    pub fn transfers(&self) -> &BTreeMap<SwapDevice, Transfers> {
        &self.transfers
    }

    /// The figures of a kind of device, to be counted up.
    pub(super) fn transfers_of(&mut self, kind: SwapDevice) -> &mut Transfers {
        self.transfers.entry(kind).or_default()
    }

    /// A slot is free again.
    pub(super) fn free(&mut self, slot: SlotId) {
        if let Some(device) = self.list.iter_mut().flatten().find(|device| device.range().contains(&slot.0)) {
            device.used -= 1;
            device.clusters.give_back(slot.0 - device.first);
        }
    }

    /// Lets no more slots be given out, or again.
    pub(crate) fn set_writable(&mut self, id: SwapId, writable: bool) {
        if let Some(device) = self.get_mut(id) {
            device.writable = writable;
        }
    }

    /// The device, none of whose slots is in use, is gone.
    pub(crate) fn remove(&mut self, id: SwapId) {
        self.order.retain(|&other| other != id);
        if let Some(device) = self.list.get_mut(id.0 as usize) {
            *device = None;
        }
    }

    /// Slots of the devices that give some out.
    pub fn total(&self) -> u32 {
        self.list.iter().flatten().filter(|device| device.writable).map(SwapInfo::total).sum()
    }

    /// Whether one has a slot left.
    pub fn has_room(&self) -> bool {
        self.list.iter().flatten().any(SwapInfo::has_room)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_highest_priority_first_and_equals_in_turn() {
        let mut devices = Devices::default();
        let low = devices.add(SwapDevice::Disk, 4, None).unwrap();
        for _ in 0..2 {
            devices.add(SwapDevice::Disk, 3, Some(5)).unwrap();
        }
        let mut used = HashSet::new();
        let mut from = || {
            let slot = devices.alloc(|slot| used.contains(&slot))?;
            used.insert(slot.0);
            devices.iter().find(|(_, device)| device.range().contains(&slot.0)).map(|(id, _)| id.0)
        };
        let order: Vec<Option<u32>> = (0..8).map(|_| from()).collect();
        let want = [1, 2, 1, 2, 0, 0, 0].map(Some);
        assert_eq!(order[..7], want);
        assert_eq!((order[7], devices.has_room()), (None, false));
        devices.free(SlotId(2));
        assert!(devices.has_room());
        assert_eq!((devices.get(low).unwrap().used(), devices.get(low).unwrap().priority), (2, -2));
        devices.set_writable(low, false);
        assert_eq!((devices.has_room(), devices.total()), (false, 4));
    }

    /// As two swap files gave their slots on Linux with `queue/rotational` 0: a cluster of the first, one of the second, the next of the first.
    #[test]
    fn devices_that_do_not_rotate_take_turns_by_clusters() {
        let mut devices = Devices::default();
        for _ in 0..2 {
            devices.add(SwapDevice::Ssd, 4096, Some(5)).unwrap();
        }
        let mut used = HashSet::new();
        let mut next = || {
            let slot = devices.alloc(|slot| used.contains(&slot)).unwrap();
            used.insert(slot.0);
            slot.0
        };
        let slots: Vec<u32> = (0..1100).map(|_| next()).collect();
        assert_eq!(slots[..511], (1..512).collect::<Vec<_>>());
        assert_eq!(slots[511..1022], (4097..4608).collect::<Vec<_>>());
        assert_eq!(slots[1022], 512);
    }

    /// The experiment as it was made on Linux 6.18 with a swap file of 4096 slots: 3000 pages out; every third slot of the first
    /// 1500 freed, and 600 in a row; then 2000 pages more.
    #[test]
    fn slots_are_used_again_in_the_order_that_linux_showed() {
        let mut devices = Devices::default();
        devices.add(SwapDevice::Disk, 4096, Some(5)).unwrap();
        let mut used = HashSet::new();
        let take = |devices: &mut Devices, used: &mut HashSet<u32>| {
            let slot = devices.alloc(|slot| used.contains(&slot)).unwrap();
            used.insert(slot.0);
            slot.0
        };
        let first: Vec<u32> = (0..3000).map(|_| take(&mut devices, &mut used)).collect();
        assert_eq!(first, (1..=3000).collect::<Vec<_>>());
        for slot in (1..=1498).step_by(3).chain(2001..=2600) {
            used.remove(&slot);
            devices.free(SlotId(slot));
        }
        let second: Vec<u32> = (0..2000).map(|_| take(&mut devices, &mut used)).collect();
        let reused = (1..=1498).step_by(3).chain(2001..2048);
        let want = (3001..3072).chain(reused).chain(3072..4096).chain(2048..2406);
        assert_eq!(second, want.collect::<Vec<_>>());
    }
}
