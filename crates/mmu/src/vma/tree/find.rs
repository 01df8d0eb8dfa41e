//! Finding mappings by address (Linux: `find_vma` and its kin).

use super::{VmaTree, some};
use crate::{VirtAddr, VmaId};

impl VmaTree {
    /// The first mapping that ends above `addr` (Linux: `find_vma`).
    #[inline]
    pub fn find(&self, addr: VirtAddr) -> Option<VmaId> {
        self.near(addr).unwrap_or_else(|| self.search(addr))
    }

    /// What [`find`](Self::find) answers, if that is the mapping of the last change or the next one.
    #[inline]
    fn near(&self, addr: VirtAddr) -> Option<Option<VmaId>> {
        let slot = self.slots.get(self.recent as usize).filter(|slot| slot.vma.start <= addr)?;
        if addr < slot.vma.end {
            return Some(Some(VmaId(self.recent)));
        }
        match some(slot.next) {
            Some(next) => (addr < self.get(next).end).then_some(Some(next)),
            None => Some(None),
        }
    }

    fn search(&self, addr: VirtAddr) -> Option<VmaId> {
        let leaf = self.index.leaf_of(addr.get());
        let pos = leaf.first_ending_above(addr.get());
        match leaf.entries().get(pos) {
            Some(first) if pos == 0 && addr.get() < leaf.low => self.prev(first.id),
            Some(entry) => Some(entry.id),
            None => self.next(leaf.entries().last()?.id),
        }
    }

    /// The mapping that `addr` is in (Linux: `vma_lookup`).
    pub fn at(&self, addr: VirtAddr) -> Option<VmaId> {
        self.find(addr).filter(|id| self.get(*id).start <= addr)
    }

    /// The last mapping that starts below `addr`.
    pub fn find_prev(&self, addr: VirtAddr) -> Option<VmaId> {
        match self.find(addr) {
            Some(id) if self.get(id).start < addr => Some(id),
            Some(id) => self.prev(id),
            None => self.last(),
        }
    }

    /// The first mapping that has a byte in `start..end` (Linux: `find_vma_intersection`).
    pub fn intersection(&self, start: VirtAddr, end: VirtAddr) -> Option<VmaId> {
        self.find(start).filter(|id| self.get(*id).start < end)
    }
}
