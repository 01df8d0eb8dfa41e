//! How far a file is cached without a gap, as the kernel finds it out (Linux: `page_cache_next_miss`, `page_cache_prev_miss`).
//!
//! A page cache is a tree of nodes with 64 slots; a folio takes as many slots of one node as it needs, on the lowest level where
//! it needs fewer than 64. The kernel counts pages from the one asked for, but looks from the first slot of the folio that this
//! page is in, and steps both by one: count and look are apart from then on, until the look enters another node by the count.
//! Where a run begins inside a folio it is therefore taken for longer or shorter than it is, which decides what is read ahead.

use crate::Machine;
use crate::ids::InodeId;

const SLOT_BITS: u32 = 6;
const SLOTS: u64 = 1 << SLOT_BITS;

/// A look at one slot of the tree.
struct Walk<'a> {
    machine: &'a Machine,
    inode: InodeId,
    /// The page that is counted.
    index: u64,
    /// The first page of the slot that is looked at.
    at: u64,
    /// log2 of the pages that a slot of this node stands for.
    shift: u32,
}

impl<'a> Walk<'a> {
    /// At `index`, if that page is cached.
    fn load(machine: &'a Machine, inode: InodeId, index: u64) -> Option<Walk<'a>> {
        let pfn = machine.find_page(inode, index)?;
        let at = machine.phys.frame(machine.folio_head(pfn)).index();
        Some(Walk { machine, inode, index, at, shift: leaf_shift(machine.folio_order(pfn)) })
    }

    fn slot(&self, page: u64) -> u64 {
        page >> self.shift & (SLOTS - 1)
    }

    /// Counts on, and says whether the next slot has a page (`xas_next`).
    fn next(&mut self) -> bool {
        self.index += 1;
        let is_last = self.slot(self.at) == SLOTS - 1;
        if self.stays_in_leaves(is_last) || self.slot(self.at) != self.slot(self.index) {
            self.at += 1 << self.shift;
            while is_last && self.slot(self.at) == 0 {
                self.shift += SLOT_BITS;
            }
        }
        self.descend()
    }

    /// Counts back, and says whether the slot before has a page (`xas_prev`).
    fn prev(&mut self) -> bool {
        self.index = self.index.wrapping_sub(1);
        let is_first = self.slot(self.at) == 0;
        if self.stays_in_leaves(is_first) || self.slot(self.at) != self.slot(self.index) {
            if self.at == 0 {
                return false;
            }
            while self.slot(self.at) == 0 {
                self.shift += SLOT_BITS;
            }
            self.at -= 1 << self.shift;
        }
        self.descend()
    }

    /// Such steps do not heed the count.
    fn stays_in_leaves(&self, is_at_end: bool) -> bool {
        self.shift == 0 && !is_at_end
    }

    /// From the slot that is looked at down to the page that the count names in it.
    fn descend(&mut self) -> bool {
        loop {
            let end = self.at + (1 << self.shift);
            let Some((_, &pfn)) = self.machine.files.inode(self.inode).pages.range(self.at..end).next()
            else {
                return false;
            };
            if self.shift == 0 || leaf_shift(self.machine.folio_order(pfn)) == self.shift {
                return true;
            }
            self.shift -= SLOT_BITS;
            self.at += self.slot(self.index) << self.shift;
        }
    }
}

/// The level of the tree that a folio's slots are on, as log2 of the pages a slot there stands for.
fn leaf_shift(order: u32) -> u32 {
    order / SLOT_BITS * SLOT_BITS
}

impl Machine {
    /// The first page from `index` on that is not cached as far as the kernel sees; `index + max` if it looks at `max` pages in
    /// vain (`page_cache_next_miss`).
    pub(super) fn next_miss(&self, inode: InodeId, index: u64, max: u64) -> u64 {
        let Some(mut walk) = Walk::load(self, inode, index) else { return index };
        match (1..max).find(|_| !walk.next()) {
            Some(_) => walk.index,
            None => index + max,
        }
    }

    /// How many pages up to `last` are cached without a gap as far as the kernel sees, of which it looks at `max`; and whether it
    /// came past the file's start (`page_cache_prev_miss`).
    pub(super) fn cached_up_to(&self, inode: InodeId, last: u64, max: u64) -> (u64, bool) {
        let Some(mut walk) = Walk::load(self, inode, last) else { return (0, false) };
        (1..max).find(|_| !walk.prev() || walk.index == u64::MAX);
        (last.wrapping_sub(walk.index), walk.index == u64::MAX)
    }
}
