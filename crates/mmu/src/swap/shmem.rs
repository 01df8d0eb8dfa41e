//! Shared memory in swap (Linux: `mm/shmem.c`: `shmem_writeout`, `shmem_swapin_folio`, `shmem_free_swap`, `shmem_unuse`,
//! `shmem_partial_swap_usage`).
//!
//! A page of tmpfs that goes out leaves the page cache at once; its file remembers the slot, which counts as one reference, and
//! gives it up when the page is back. Page tables know nothing of it. So processes share the page in swap as they do in memory.
//!
//! Differs from Linux: a page that could not be read is asked for again by the next access; there it is lost.

use super::{SlotId, SlotOwner};
use crate::fault::FaultError;
use crate::ids::InodeId;
use crate::phys::FrameFlags;
use crate::{Machine, Pfn, Vma};

impl Machine {
    /// The unmapped folio `head` of shared memory, on no list, leaves the page cache for the swap cache, to be written. A large one goes
    /// as a whole where a device has room for that, else in pieces; what is behind its first page goes to `rest`, for its turn. False if
    /// no slot is free.
    pub(crate) fn shmem_writeout(&mut self, head: Pfn, rest: &mut Vec<Pfn>) -> bool {
        if !self.swap.has_room() {
            return false;
        }
        self.bring_in_folio(head);
        let pages = self.folio_nr_pages(head);
        let whole = if pages > 1 { self.whole_slots(head) } else { None };
        if pages > 1 {
            self.split_folio(self.page_inode(head), head);
            rest.extend((1..pages).map(|i| head + i));
        }
        if let Some(first) = whole {
            (0..pages).for_each(|i| self.shmem_to_swap_cache(head + i, SlotId(first.0 + i)));
            return true;
        }
        let Some(slot) = self.alloc_slot(head) else { return false };
        self.shmem_to_swap_cache(head, slot);
        true
    }

    /// Slots side by side, unless the folio goes beyond the end of its file.
    fn whole_slots(&mut self, head: Pfn) -> Option<SlotId> {
        let (frame, pages) = (self.phys.frame(head), self.folio_nr_pages(head));
        let end = self.files.inode(InodeId(frame.mapping)).size_pages();
        if frame.index() < end && end < frame.index() + u64::from(pages) {
            return None;
        }
        self.alloc_slots(head)
    }

    fn shmem_to_swap_cache(&mut self, pfn: Pfn, slot: SlotId) {
        let (id, index) = (self.page_inode(pfn), self.phys.frame(pfn).index());
        self.enter_swap_cache(pfn, slot);
        self.swap.add_reference(slot);
        let inode = self.files.inode_mut(id);
        inode.dirty.remove(&index);
        inode.pages.remove(&index);
        inode.swapped.insert(index, slot);
    }

    /// Brings page `index` of shared memory back, if it is in swap: the page, and whether that took input. From a synchronous device
    /// nothing else is read, from others what lies around the slot.
    pub(crate) fn shmem_swap_in(
        &mut self,
        id: InodeId,
        index: u64,
    ) -> Result<Option<(Pfn, bool)>, FaultError> {
        let Some(&slot) = self.files.inode(id).swapped.get(&index) else { return Ok(None) };
        let here = SlotOwner::shmem(id, index);
        let cached = self.swap.cached(slot);
        let pfn = match cached {
            Some(pfn) => {
                self.note_used_ahead(pfn);
                pfn
            }
            None if self.swap.kind_of(slot).is_synchronous() => self.read_slot(here, slot, false)?,
            None => self.cluster_swap_in(here, slot)?,
        };
        self.shmem_take_back(pfn, slot);
        Ok(Some((pfn, cached.is_none())))
    }

    /// A page that readahead had read is used: the next window is larger for it.
    fn note_used_ahead(&mut self, pfn: Pfn) {
        let frame = self.phys.frame_mut(pfn);
        // The mark of a page being written is another one.
        let ahead = frame.has(FrameFlags::READAHEAD) && !frame.has(FrameFlags::WRITEBACK);
        if ahead {
            frame.remove(FrameFlags::READAHEAD);
            self.phys.vmstat.swap_ra_hit += 1;
            self.cluster_readahead.hit();
        }
    }

    /// The page that a slot holds is in the page cache again, and dirty; the slot is free.
    pub(super) fn shmem_take_back(&mut self, pfn: Pfn, slot: SlotId) {
        if self.phys.frame(pfn).has(FrameFlags::WRITEBACK) {
            self.wait_for_write(pfn);
        }
        let (id, index) = (self.page_inode(pfn), self.phys.frame(pfn).index());
        self.swap.drop_reference(slot);
        if self.swap.slot_of(pfn).is_some() {
            self.free_swap(pfn, slot);
        }
        self.phys.frame_mut(pfn).remove(FrameFlags::DIRTY);
        let inode = self.files.inode_mut(id);
        inode.swapped.remove(&index);
        inode.pages.insert(index, pfn);
        self.set_page_dirty(pfn);
    }

    /// Gives up what is in swap of the pages from `first` to before `last`.
    pub(crate) fn shmem_free_swap(&mut self, id: InodeId, first: u64, last: u64) {
        let swapped = &mut self.files.inode_mut(id).swapped;
        if swapped.is_empty() || first >= last {
            return;
        }
        let mut gone = swapped.split_off(&first);
        swapped.append(&mut gone.split_off(&last));
        gone.into_values().for_each(|slot| self.drop_swap_entry(slot));
    }

    /// One reference to a slot less; with the last one goes the page that the swap cache has for it, if nobody maps it (Linux:
    /// `free_swap_and_cache_nr`).
    pub(crate) fn drop_swap_entry(&mut self, slot: SlotId) {
        self.swap.drop_reference(slot);
        if self.swap.references(slot) > 0 {
            return;
        }
        if let Some(pfn) = self.swap.cached(slot)
            && self.phys.frame(pfn).mapcount() == 0
            && !self.phys.frame(pfn).has(FrameFlags::WRITEBACK)
        {
            self.free_swap(pfn, slot);
            self.phys.free(pfn);
        }
    }

    /// Pages of the mapped part of a file that are in swap and not mapped: `has_entry` tells which pages, counted from the first of
    /// the mapping, have an entry of their own.
    pub(crate) fn shmem_swapped(&self, vma: &Vma, has_entry: impl Fn(u64) -> bool) -> u64 {
        let Some(inode) = vma.inode else { return 0 };
        let last = vma.pgoff + ((vma.end - vma.start) >> self.page_shift());
        let swapped = self.files.inode(inode).swapped.range(vma.pgoff..last);
        swapped.filter(|(index, _)| !has_entry(**index - vma.pgoff)).count() as u64
    }

    /// Brings back all that is in slots of a device (`shmem_unuse`); read by `read`.
    pub(super) fn shmem_unuse<E>(
        &mut self,
        slots: &std::ops::Range<u32>,
        read: impl Fn(&mut Machine, SlotOwner, SlotId) -> Result<Pfn, E>,
    ) -> Result<(), E> {
        let mut found = Vec::new();
        for (id, inode) in self.files.inodes() {
            let within = inode.swapped.iter().filter(|(_, slot)| slots.contains(&slot.0));
            found.extend(within.map(|(&index, &slot)| (SlotOwner::shmem(id, index), slot)));
        }
        for (here, slot) in found {
            // Reclaim, which makes room for this, does not touch slots of a device that is being switched off.
            let pfn = read(self, here, slot)?;
            self.shmem_take_back(pfn, slot);
        }
        Ok(())
    }
}
