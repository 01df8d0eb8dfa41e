//! The translation lookaside buffer of a processor: two levels, base and large pages, address space identifiers.
//!
//! Intel SDM volume 3, section 4.10. Entries are only ever taken out by flushes, by a page fault at their address and by
//! replacement, so a page table that changes without a flush leaves it stale, as on hardware. A look-up that misses both
//! levels fills both after the walk; a second-level hit fills the first. There are no paging-structure caches, no global
//! entries and no prefetching.
//!
//! In front of it stand the host windows (`phys::window`): an access through one is a hit of the most recently used
//! entry of its first-level set, which changes nothing here but the number of accesses.

mod array;
mod asid;
mod config;
mod flush;
mod order;
mod stats;
#[cfg(test)]
mod tests;

pub use config::{TlbConfig, TlbGeometry};
pub use flush::FlushOwed;
pub use stats::TlbStats;

use crate::paging::{Format, Pte, PteFlags};
use crate::phys::window::Windows;
use crate::{Access, Pfn, VirtAddr};
use array::{Array, Entry};
use asid::{Asids, Retired, TAG_BITS};
use serde::{Deserialize, Serialize};

/// A processor's TLB.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tlb {
    small: Array,
    large: Array,
    shared: Array,
    asids: Asids,
    /// Counts the flushes of whole address spaces: sets swept in this epoch hold live entries only.
    epoch: u32,
    /// Whether a large page was ever entered.
    has_large: bool,
    page_shift: u32,
    large_shift: u32,
    pub(crate) stats: TlbStats,
}

/// A page as the TLB knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mapped {
    entry: Entry,
    /// The set of the large-page array that it is in, counted from 1; 0: a base page.
    pub(crate) large_set: u32,
}

/// An entry, taken apart for checks and views.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cached {
    /// 1 or 2.
    pub(crate) level: u32,
    /// Whose it is, and up to which of its flushes.
    pub(crate) context: u64,
    pub(crate) generation: u64,
    pub(crate) large: bool,
    /// The low bits of the page's first address that are translated.
    pub(crate) addr: u64,
    pub(crate) pfn: Pfn,
    pub(crate) writable: bool,
    pub(crate) dirty: bool,
    pub(crate) executable: bool,
}

const FRAME_SHIFT: u32 = 8;
const WRITABLE: u64 = 1;
const DIRTY: u64 = 2;
const NO_EXECUTE: u64 = 4;

impl Mapped {
    /// Whether it may be used as it is. A store to a page whose entry is not dirty has to walk, to set the dirty bit.
    #[inline]
    pub(crate) fn allows(self, access: Access) -> bool {
        match access {
            Access::Read => true,
            Access::Write => self.is_dirty(),
            Access::Fetch => self.entry.0 & NO_EXECUTE == 0,
        }
    }

    /// Writable, and stored to before.
    #[inline]
    pub(crate) fn is_dirty(self) -> bool {
        self.entry.0 & (WRITABLE | DIRTY) == WRITABLE | DIRTY
    }

    #[inline]
    fn first_frame(self) -> Pfn {
        Pfn((self.entry.0 >> FRAME_SHIFT) as u32)
    }
}

impl Tlb {
    pub(crate) fn new(config: &TlbConfig, format: &Format) -> Tlb {
        Tlb {
            small: Array::new(config.l1_small),
            large: Array::new(config.l1_large),
            shared: Array::new(config.l2),
            asids: Asids::new(),
            epoch: 0,
            has_large: false,
            page_shift: format.page_shift,
            large_shift: format.shift(1),
            stats: TlbStats::default(),
        }
    }

    /// What was looked up and missed so far.
    pub fn stats(&self) -> &TlbStats {
        &self.stats
    }

    /// The frame of the base page at `addr`, which `page` maps.
    #[inline]
    pub(crate) fn frame(&self, page: Mapped, addr: VirtAddr) -> Pfn {
        let within = match page.large_set {
            0 => 0,
            _ => addr.get() & ((1 << self.large_shift) - 1),
        };
        page.first_frame() + (within >> self.page_shift) as u32
    }

    /// Looks `addr` up. What is found is the most recently used entry of its first-level set from now on.
    #[inline(always)]
    pub(crate) fn lookup(&mut self, addr: VirtAddr, windows: &mut Windows) -> Option<Mapped> {
        let page = addr.get() >> self.page_shift;
        let (key, number) = (self.key(page, false), self.small.set_of(page));
        let set = self.small.set(number, self.epoch, &self.asids);
        if let Some(way) = set.find(key) {
            set.promote(way);
            let entry = set.entry(way);
            windows.close_small(number, self.small.sets());
            return Some(Mapped { entry, large_set: 0 });
        }
        if self.has_large
            && let Some(found) = self.lookup_large(addr, windows)
        {
            return Some(found);
        }
        self.stats.l1_misses += 1;
        if let Some(entry) = self.find_shared(page, key) {
            return Some(self.enter_small(number, key, entry, windows));
        }
        if self.has_large {
            let large = addr.get() >> self.large_shift;
            let key = self.key(large, true);
            if let Some(entry) = self.find_shared(large, key) {
                return Some(self.enter_large(large, key, entry, windows));
            }
        }
        self.stats.l2_misses += 1;
        None
    }

    fn lookup_large(&mut self, addr: VirtAddr, windows: &mut Windows) -> Option<Mapped> {
        let large = addr.get() >> self.large_shift;
        let (key, number) = (self.key(large, true), self.large.set_of(large));
        let set = self.large.set(number, self.epoch, &self.asids);
        let way = set.find(key)?;
        if !set.is_first(way) {
            set.promote(way);
            windows.close_large(number);
        }
        Some(Mapped { entry: set.entry(way), large_set: number as u32 + 1 })
    }

    /// Enters what a walk for `addr` found at `level`, in both levels.
    #[inline(always)]
    pub(crate) fn fill(&mut self, addr: VirtAddr, level: u32, pte: Pte, windows: &mut Windows) -> Mapped {
        if level > 0 {
            return self.fill_large(addr, level, pte, windows);
        }
        let page = addr.get() >> self.page_shift;
        let (key, entry, set) = (self.key(page, false), entry(pte.pfn(), pte), self.small.set_of(page));
        self.enter_shared(page, key, entry);
        self.enter_small(set, key, entry, windows)
    }

    /// A leaf above the large size is entered in pieces of that size.
    fn fill_large(&mut self, addr: VirtAddr, level: u32, pte: Pte, windows: &mut Windows) -> Mapped {
        let large = addr.get() >> self.large_shift;
        let index_bits = self.large_shift - self.page_shift;
        let piece = large & ((1 << ((level - 1) * index_bits)) - 1);
        let (key, entry) = (self.key(large, true), entry(pte.pfn() + (piece << index_bits) as u32, pte));
        self.has_large = true;
        self.enter_shared(large, key, entry);
        self.enter_large(large, key, entry, windows)
    }

    /// Takes out what translates `addr` in the running address space (INVLPG, or a page fault there).
    pub(crate) fn invalidate(&mut self, addr: VirtAddr, windows: &mut Windows) {
        let page = addr.get() >> self.page_shift;
        let (key, set) = (self.key(page, false), self.small.set_of(page));
        self.small.remove(set, key);
        self.shared.remove(self.shared.set_of(page), key);
        windows.close_small(set, self.small.sets());
        if self.has_large {
            let large = addr.get() >> self.large_shift;
            let (key, set) = (self.key(large, true), self.large.set_of(large));
            self.large.remove(set, key);
            self.shared.remove(self.shared.set_of(large), key);
            windows.close_large(set);
        }
    }

    /// Makes the address space with the number `context` the running one, flushed where it is behind `generation`.
    pub(crate) fn switch(&mut self, context: u64, generation: u64, windows: &mut Windows) {
        windows.close_all();
        let retired = self.asids.switch(context, generation);
        self.bury(retired);
    }

    /// Takes out all entries of the running address space, which is now at `generation`.
    pub(crate) fn flush_running(&mut self, generation: u64, windows: &mut Windows) {
        windows.close_all();
        let retired = self.asids.flush(generation);
        self.bury(retired);
    }

    /// Notes that `pages` flushes of single pages brought the running address space to `generation`.
    pub(crate) fn settle_pages(&mut self, pages: u64, generation: u64) {
        self.stats.page_flushes += pages;
        self.asids.reached(generation);
    }

    /// Whether the address space with the number `context` is the running one.
    pub(crate) fn runs(&self, context: u64) -> bool {
        self.asids.running() == context
    }

    /// All live entries of both levels, the first level first, each set's most recent first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Cached> {
        let first = self.small.iter().chain(self.large.iter()).map(|entry| (1, entry));
        let all = first.chain(self.shared.iter().map(|entry| (2, entry)));
        all.filter_map(|(level, (key, entry))| self.cached(level, key, entry))
    }

    fn cached(&self, level: u32, key: u64, entry: Entry) -> Option<Cached> {
        let tag = key & ((1 << TAG_BITS) - 1);
        let (context, generation) = self.asids.context(tag)?;
        let (large, page) = (key >> TAG_BITS & 1 != 0, key >> (TAG_BITS + 1));
        let shift = if large { self.large_shift } else { self.page_shift };
        let bit = |bit| entry.0 & bit != 0;
        Some(Cached {
            level,
            context,
            generation,
            large,
            addr: page << shift,
            pfn: Pfn((entry.0 >> FRAME_SHIFT) as u32),
            writable: bit(WRITABLE),
            dirty: bit(DIRTY),
            executable: !bit(NO_EXECUTE),
        })
    }

    fn bury(&mut self, retired: Retired) {
        match retired {
            Retired::None => {}
            Retired::Tag => {
                self.epoch += 1;
                self.stats.asid_flushes += 1;
            }
            Retired::All => {
                self.epoch = 0;
                self.stats.asid_flushes += 1;
                self.small.clear();
                self.large.clear();
                self.shared.clear();
            }
        }
    }

    #[inline(always)]
    fn find_shared(&mut self, page: u64, key: u64) -> Option<Entry> {
        let set = self.shared.set(self.shared.set_of(page), self.epoch, &self.asids);
        let way = set.find(key)?;
        set.promote(way);
        Some(set.entry(way))
    }

    #[inline(always)]
    fn enter_shared(&mut self, page: u64, key: u64, entry: Entry) {
        self.shared.set(self.shared.set_of(page), self.epoch, &self.asids).insert(key, entry);
    }

    #[inline(always)]
    fn enter_small(&mut self, number: usize, key: u64, entry: Entry, windows: &mut Windows) -> Mapped {
        self.small.set(number, self.epoch, &self.asids).insert(key, entry);
        windows.close_small(number, self.small.sets());
        Mapped { entry, large_set: 0 }
    }

    fn enter_large(&mut self, large: u64, key: u64, entry: Entry, windows: &mut Windows) -> Mapped {
        let number = self.large.set_of(large);
        self.large.set(number, self.epoch, &self.asids).insert(key, entry);
        windows.close_large(number);
        Mapped { entry, large_set: number as u32 + 1 }
    }

    #[inline(always)]
    fn key(&self, page: u64, large: bool) -> u64 {
        page << (TAG_BITS + 1) | u64::from(large) << TAG_BITS | self.asids.tag()
    }
}

#[inline]
fn entry(pfn: Pfn, pte: Pte) -> Entry {
    let bit = |flag, bit| u64::from(pte.has(flag)) * bit;
    let rights = bit(PteFlags::WRITABLE, WRITABLE)
        | bit(PteFlags::DIRTY, DIRTY)
        | bit(PteFlags::NO_EXECUTE, NO_EXECUTE);
    Entry(u64::from(pfn.0) << FRAME_SHIFT | rights)
}
