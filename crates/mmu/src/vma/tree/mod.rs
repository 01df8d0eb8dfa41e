//! The mappings of an address space, ordered by address (Linux: `mm->mm_mt`, a maple tree of VMAs).
//!
//! Mappings stand in a slab, so a [`VmaId`] stays good while its mapping lives, and are linked in order. A B+tree over their
//! bounds finds a mapping by address and a free range by length in O(log n); up to 32 mappings are one leaf of it, which
//! needs no pointers followed. Nothing is allocated where a slot or node was freed before.

mod balance;
mod check;
mod find;
mod gap;
mod index;
mod node;
#[cfg(test)]
mod tests;

pub use check::TreeError;
pub use gap::Gap;

use super::Vma;
use crate::{VirtAddr, VmaId};
use index::Index;
use node::Entry;
use serde::{Deserialize, Serialize};

/// The end of the chain of neighbours.
const NIL: u32 = u32::MAX;
/// `next` of a slot that holds no mapping.
const FREE: u32 = u32::MAX - 1;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Slot {
    vma: Vma,
    prev: u32,
    next: u32,
}

/// Mappings by address. They never overlap and are never empty.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VmaTree {
    index: Index,
    slots: Vec<Slot>,
    free: Vec<u32>,
    first: u32,
    last: u32,
    /// Where the last change was: searches often go on there (Linux once kept `mmap_cache` for this).
    recent: u32,
    /// Changes so far.
    changes: u64,
}

impl Default for VmaTree {
    fn default() -> Self {
        VmaTree::new()
    }
}

impl VmaTree {
    /// No mappings.
    pub fn new() -> VmaTree {
        VmaTree {
            index: Index::new(),
            slots: Vec::new(),
            free: Vec::new(),
            first: NIL,
            last: NIL,
            recent: NIL,
            changes: 0,
        }
    }

    /// A number that is another one after each change.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// How many mappings there are (Linux: `map_count`).
    #[inline]
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A mapping.
    ///
    /// # Panics
    /// May panic, or answer with what was there last, if `id` is not of a mapping that lives here.
    #[inline]
    pub fn get(&self, id: VmaId) -> &Vma {
        &self.slots[id.index()].vma
    }

    /// A mapping, to change; its bounds only by [`resize`](Self::resize).
    ///
    /// # Panics
    /// As [`get`](Self::get).
    #[inline]
    pub fn get_mut(&mut self, id: VmaId) -> &mut Vma {
        self.changes += 1;
        &mut self.slots[id.index()].vma
    }

    /// Whether `id` names a mapping that lives.
    pub fn contains(&self, id: VmaId) -> bool {
        self.slots.get(id.index()).is_some_and(|slot| slot.next != FREE)
    }

    /// The mapping with the next higher address.
    #[inline]
    pub fn next(&self, id: VmaId) -> Option<VmaId> {
        some(self.slots[id.index()].next)
    }

    /// The mapping with the next lower address.
    #[inline]
    pub fn prev(&self, id: VmaId) -> Option<VmaId> {
        some(self.slots[id.index()].prev)
    }

    /// The lowest mapping.
    pub fn first(&self) -> Option<VmaId> {
        some(self.first)
    }

    /// The highest mapping.
    pub fn last(&self) -> Option<VmaId> {
        some(self.last)
    }

    /// All mappings, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (VmaId, &Vma)> {
        self.walk(self.first(), VirtAddr::new(u64::MAX))
    }

    /// The mappings with a byte in `start..end`, ascending.
    pub fn range(&self, start: VirtAddr, end: VirtAddr) -> impl Iterator<Item = (VmaId, &Vma)> {
        self.walk(self.find(start), end)
    }

    fn walk(&self, from: Option<VmaId>, end: VirtAddr) -> impl Iterator<Item = (VmaId, &Vma)> {
        std::iter::successors(from, |id| self.next(*id))
            .map(|id| (id, self.get(id)))
            .take_while(move |(_, vma)| vma.start < end)
    }

    /// Adds a mapping. No other overlaps it.
    #[inline]
    pub fn insert(&mut self, vma: Vma) -> VmaId {
        self.changes += 1;
        if self.index.height == 0 && !self.index.is_full(self.index.root) {
            return self.insert_in_leaf(vma);
        }
        let path = self.index.path_to(vma.start.get());
        let (prev, next) = self.neighbours(path.leaf, path.pos);
        let id = self.take_slot(Slot { vma, prev, next });
        self.link(prev, id.0, next);
        self.recent = id.0;
        let after = some(next).map(|next| self.get(next).start.get());
        self.index.insert(path, Entry { start: vma.start.get(), end: vma.end.get(), id }, after);
        id
    }

    /// Adds a mapping in the free range `gap`, which was found last.
    #[inline(always)]
    pub(crate) fn insert_in_gap(&mut self, gap: &Gap, vma: Vma) -> VmaId {
        match gap.above {
            Some(above) if self.index.height == 0 && !self.index.is_full(self.index.root) => {
                self.changes += 1;
                let prev = self.slots[above.index()].prev;
                self.place_in_leaf(gap.pos, vma, (prev, above.0))
            }
            _ => self.insert(vma),
        }
    }

    /// The same where there is only one leaf, and room in it.
    fn insert_in_leaf(&mut self, vma: Vma) -> VmaId {
        let root = self.index.root;
        let pos = self.index.leaf(root).first_from(vma.start.get());
        let neighbours = self.neighbours(root, pos);
        self.place_in_leaf(pos, vma, neighbours)
    }

    #[inline(always)]
    fn place_in_leaf(&mut self, pos: usize, vma: Vma, (prev, next): (u32, u32)) -> VmaId {
        let (start, end) = (vma.start.get(), vma.end.get());
        let id = self.take_slot(Slot { vma, prev, next });
        self.link(prev, id.0, next);
        self.recent = id.0;
        self.index.insert_in_leaf(pos, Entry { start, end, id });
        id
    }

    /// Lets a new mapping have the upper part of mapping `id`, from `upper.start` on.
    ///
    /// # Panics
    /// As [`get`](Self::get).
    pub fn split(&mut self, id: VmaId, upper: Vma) -> VmaId {
        self.changes += 1;
        let Slot { vma, next, .. } = &mut self.slots[id.index()];
        vma.end = upper.start;
        let (start, next) = (vma.start.get(), *next);
        let new = self.take_slot(Slot { vma: upper, prev: id.0, next });
        self.link(id.0, new.0, next);
        self.recent = new.0;
        self.index.split(start, Entry { start: upper.start.get(), end: upper.end.get(), id: new });
        new
    }

    /// Takes a mapping out.
    ///
    /// # Panics
    /// As [`get`](Self::get).
    #[inline]
    pub fn remove(&mut self, id: VmaId) -> Vma {
        let vma = *self.get(id);
        self.drop_mapping(id);
        vma
    }

    /// The same without an answer.
    #[inline(always)]
    pub(crate) fn drop_mapping(&mut self, id: VmaId) {
        self.changes += 1;
        let slot = &mut self.slots[id.index()];
        let (start, prev, next) = (slot.vma.start.get(), slot.prev, slot.next);
        slot.next = FREE;
        match self.index.height {
            0 => self.index.remove_in_leaf(start),
            _ => self.index.remove_below(start, self.start_of(next)),
        }
        *self.forward_link(prev) = next;
        *self.backward_link(next) = prev;
        self.free.push(id.0);
        self.recent = prev;
    }

    /// Lets a mapping end at `end`, higher than it does, before the next one.
    ///
    /// # Panics
    /// As [`get`](Self::get).
    #[inline(always)]
    pub(crate) fn grow(&mut self, id: VmaId, end: VirtAddr) {
        let start = self.get(id).start;
        if self.index.height > 0 {
            return self.resize(id, start, end);
        }
        self.changes += 1;
        self.slots[id.index()].vma.end = end;
        self.recent = id.0;
        self.index.resize(start.get(), start.get(), end.get(), None);
    }

    /// Moves a mapping's bounds, its offset along with the start; it stays not empty and between its neighbours.
    ///
    /// # Panics
    /// As [`get`](Self::get).
    #[inline]
    pub fn resize(&mut self, id: VmaId, start: VirtAddr, end: VirtAddr) {
        self.changes += 1;
        let Slot { vma, next, .. } = &mut self.slots[id.index()];
        let old = vma.start;
        vma.pgoff = vma.pgoff.wrapping_add_signed((start - old) as i64 >> vma.page_shift);
        (vma.start, vma.end) = (start, end);
        let next = *next;
        self.recent = id.0;
        let after = self.start_of(next);
        self.index.resize(old.get(), start.get(), end.get(), after);
    }

    /// Where the mapping behind a change starts; the search structure asks for it only with more than one leaf.
    fn start_of(&self, next: u32) -> Option<u64> {
        if self.index.height == 0 {
            return None;
        }
        some(next).map(|next| self.get(next).start.get())
    }

    /// The mappings before and after a place where none starts.
    #[inline]
    fn neighbours(&self, leaf: u32, pos: usize) -> (u32, u32) {
        let entries = self.index.leaf(leaf).entries();
        match (entries.first(), pos) {
            (None, _) => (NIL, NIL),
            (Some(first), 0) => (self.slots[first.id.index()].prev, first.id.0),
            (_, pos) => {
                let prev = entries[pos - 1].id;
                (prev.0, self.slots[prev.index()].next)
            }
        }
    }

    #[inline(always)]
    fn take_slot(&mut self, slot: Slot) -> VmaId {
        if let Some(at) = self.free.pop() {
            self.slots[at as usize] = slot;
            return VmaId(at);
        }
        self.slots.push(slot);
        VmaId((self.slots.len() - 1) as u32)
    }

    #[inline(always)]
    fn link(&mut self, prev: u32, id: u32, next: u32) {
        *self.forward_link(prev) = id;
        *self.backward_link(next) = id;
    }

    /// The link that leads onwards from `prev`; the beginning, if `prev` is none.
    fn forward_link(&mut self, prev: u32) -> &mut u32 {
        if prev == NIL { &mut self.first } else { &mut self.slots[prev as usize].next }
    }

    /// The link that leads back from `next`; the end, if `next` is none.
    fn backward_link(&mut self, next: u32) -> &mut u32 {
        if next == NIL { &mut self.last } else { &mut self.slots[next as usize].prev }
    }
}

fn some(link: u32) -> Option<VmaId> {
    (link != NIL).then_some(VmaId(link))
}
