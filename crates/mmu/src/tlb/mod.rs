//! The translation lookaside buffer of a processor: two levels, pages of three sizes, address space identifiers, and the caches
//! of page walks.
//!
//! Intel SDM volume 3, section 4.10. Entries are only ever taken out by flushes, by a page fault at their address and by
//! replacement, so a page table that changes without a flush leaves it stale, as on hardware. A look-up that misses both
//! levels fills both after the walk; a second-level hit fills the first. Left out: prefetching and speculation.
//!
//! In front of it stand the host windows (`phys::window`): an access through one is a hit of an entry that has been used since
//! any other of its first-level set, which changes nothing here but the number of accesses. That holds for each replacement: by
//! use and by tree, using the same entry again leaves the order as it is; by arrival and at random, no use changes it.

mod array;
mod asid;
mod config;
mod cpus;
mod entry;
mod fill;
mod flush;
mod level;
mod narrow;
mod order;
mod presets;
mod special;
mod stats;
#[cfg(test)]
mod tests;
mod tree;
mod walk;
mod walk_cache;
mod wide;

pub use config::{Home, MAX_WAYS, Replacement, TlbConfig, TlbGeometry, TlbLevel, TlbPreset};
pub(crate) use cpus::Cpus;
pub(crate) use entry::{Cached, Mapped};
pub use flush::FlushOwed;
pub(crate) use flush::Gather;
pub use stats::TlbStats;
pub(crate) use walk_cache::CachedTable;

use crate::VirtAddr;
use crate::paging::Format;
use crate::phys::window::{WINDOWS, Windows};
pub(crate) use array::Entry;
use array::{Key, Life};
use asid::{Asids, GLOBAL_TAG, Retired, TAG_BITS};
use level::{Level, SIZES};
use rand_pcg::Pcg32;
use serde::{Deserialize, Serialize};
use walk_cache::WalkCaches;

/// A processor's TLB.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tlb {
    data: Level,
    code: Option<Box<Level>>,
    second: Level,
    second_code: Option<Box<Level>>,
    walk: WalkCaches,
    asids: Asids,
    /// Counts the flushes of whole address spaces: sets swept in this epoch hold live entries only.
    epoch: u32,
    /// A bit for each kind of page (its size times two, plus one if it is global) that was ever entered, but for base pages.
    special: u8,
    /// Whether a page was ever entered in pieces.
    pieces: bool,
    /// Whether a page was ever entered for a fetch: else the arrays of fetches are empty.
    fetched: bool,
    /// log2 of the bytes of a page, by size.
    shifts: [u32; SIZES],
    /// By how many sets the windows of base pages are apart; 1: any look-up closes all.
    window_sets: usize,
    random: Pcg32,
    pub(crate) stats: TlbStats,
}

/// Bits of a key that say the page's size.
const SIZE_BITS: u32 = 2;
const KEY_SHIFT: u32 = TAG_BITS + SIZE_BITS;
/// Which of a seed's streams processor 0's TLB draws from; the others' follow.
const RANDOM_STREAM: u64 = 0x71b;
/// Bytes of a window, as log2: base pages that are larger have several.
const WINDOW_SHIFT: u32 = 12;

impl Tlb {
    /// The TLB of processor `cpu`.
    pub(crate) fn new(config: &TlbConfig, format: &Format, seed: u64, cpu: u32) -> Tlb {
        let data = Level::new(&config.data, true);
        let window_sets = if format.page_shift == WINDOW_SHIFT { data.small.sets() } else { 1 };
        let boxed = |level: &TlbLevel| Box::new(Level::new(level, false));
        Tlb {
            data,
            code: config.code.as_ref().map(boxed),
            second: Level::new(&config.l2, false),
            second_code: config.l2_code.as_ref().map(boxed),
            walk: WalkCaches::new(&config.walk),
            asids: Asids::new(),
            epoch: 0,
            special: 0,
            pieces: false,
            fetched: false,
            shifts: [0, 1, 2].map(|level| format.shift(level)),
            window_sets,
            random: Pcg32::new(seed, RANDOM_STREAM + u64::from(cpu)),
            stats: TlbStats::default(),
        }
    }

    /// What was looked up and missed so far on this processor.
    pub fn stats(&self) -> &TlbStats {
        &self.stats
    }

    /// The frame of the base page at `addr`, which `page` maps.
    #[inline]
    pub(crate) fn frame(&self, page: Mapped, addr: VirtAddr) -> crate::Pfn {
        let within = match page.size {
            0 => 0,
            size => addr.get() & ((1 << self.shifts[size as usize]) - 1),
        };
        page.first_frame() + (within >> self.shifts[0]) as u32
    }

    /// The byte in its base page.
    #[inline]
    pub(crate) fn offset(&self, addr: VirtAddr) -> usize {
        (addr.get() & ((1 << self.shifts[0]) - 1)) as usize
    }

    /// Looks `addr` up for a load or store. What is found was used more recently than all else in its first-level set from now on.
    pub(crate) fn lookup(&mut self, addr: VirtAddr, windows: &mut Windows) -> Option<Mapped> {
        if !self.is_plain() {
            return self.lookup_any(addr, windows);
        }
        let Some(entry) = self.lookup_base(addr, windows) else {
            self.stats.l1_misses += 1;
            self.stats.l2_misses += 1;
            return None;
        };
        self.close_small(self.data.small.set_of(self.page_of(addr, 0)), windows);
        Some(Mapped::small(entry))
    }

    /// The same where the TLB holds only processes' own base pages. A miss is not counted; after a hit the page's window is to be
    /// opened or closed.
    #[inline(always)]
    pub(crate) fn lookup_base(&mut self, addr: VirtAddr, windows: &mut Windows) -> Option<Entry> {
        let page = addr.get() >> self.shifts[0];
        let (key, number) = (Key::new(self.key(page, 0, false)), self.data.small.set_of(page));
        let life = Life { epoch: self.epoch, asids: &self.asids };
        let shared = self.second.small.set_of(page);
        let entry = match self.data.small.lookup(number, key, life) {
            Some((entry, _)) => entry,
            None => {
                let (entry, _) = self.second.small.lookup(shared, key, life)?;
                self.stats.l1_misses += 1;
                self.data.small.insert(number, key, entry, life, &mut self.random);
                entry
            }
        };
        windows.close_rest(number & (self.window_sets - 1), self.window_sets);
        Some(entry)
    }

    /// Whether the windows of two pages can be open at once.
    #[inline]
    pub(crate) fn keeps_apart(&self, one: VirtAddr, other: VirtAddr) -> bool {
        let differs = (one.get() ^ other.get()) >> WINDOW_SHIFT;
        differs as usize & (self.window_sets.min(WINDOWS) - 1) != 0
    }

    /// Whether the TLB holds only processes' own base pages.
    #[inline(always)]
    pub(crate) fn is_plain(&self) -> bool {
        self.special == 0
    }

    /// Closes the windows of base pages in a set of the first level.
    #[inline(always)]
    fn close_small(&self, number: usize, windows: &mut Windows) {
        windows.close_small(number & (self.window_sets - 1), self.window_sets);
    }

    #[inline(always)]
    fn enter_small(&mut self, number: usize, key: Key, entry: Entry, windows: &mut Windows) -> Mapped {
        let life = Life { epoch: self.epoch, asids: &self.asids };
        self.data.small.insert(number, key, entry, life, &mut self.random);
        self.close_small(number, windows);
        Mapped::small(entry)
    }

    /// Makes the address space with the number `context` the running one, flushed where it is behind `generation`.
    pub(crate) fn switch(&mut self, context: u64, generation: u64) {
        let retired = self.asids.switch(context, generation);
        self.bury(retired);
    }

    /// Takes all entries of the running address space out, which is now at `generation`; global ones stay.
    pub(crate) fn flush_running(&mut self, generation: u64) {
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

    /// Takes all entries out, global ones, too (x86: a change of CR4.PGE).
    pub(crate) fn clear(&mut self) {
        for level in self.levels_mut() {
            level.clear();
        }
        self.walk.clear();
        self.stats.asid_flushes += 1;
    }

    fn levels_mut(&mut self) -> impl Iterator<Item = &mut Level> {
        let code = self.code.iter_mut().chain(&mut self.second_code).map(Box::as_mut);
        [&mut self.data, &mut self.second].into_iter().chain(code)
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
                self.clear();
            }
        }
    }

    #[inline(always)]
    fn key(&self, page: u64, size: usize, global: bool) -> u64 {
        let tag = if global { GLOBAL_TAG } else { self.asids.tag() };
        page << KEY_SHIFT | (size as u64) << TAG_BITS | tag
    }
}
