//! Look-ups of all but a process's own base pages: larger pages, global ones, and instruction fetches.

use super::Tlb;
use super::array::{Key, Life};
use super::asid::{GLOBAL_TAG, TAG_BITS};
use super::entry::Mapped;
use super::level::{Found, Place, SIZES};
use crate::VirtAddr;
use crate::phys::window::Windows;

/// A kind of page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    pub(super) size: usize,
    pub(super) global: bool,
}

const TAG_MASK: u64 = (1 << TAG_BITS) - 1;

/// The bit of a process's own base pages.
pub(super) const BASE: u8 = 1;

impl Kind {
    pub(super) fn bit(self) -> u8 {
        1 << (2 * self.size + usize::from(self.global))
    }

    /// The kinds of a mask, the smallest first.
    pub(super) fn all(mask: u8) -> impl Iterator<Item = Kind> {
        let kinds = (0..SIZES).flat_map(|size| [false, true].map(|global| Kind { size, global }));
        kinds.filter(move |kind| mask & kind.bit() != 0)
    }
}

impl Tlb {
    pub(super) fn page_of(&self, addr: VirtAddr, size: usize) -> u64 {
        addr.get() >> self.shifts[size]
    }

    /// Looks `addr` up for a load or store, in whichever way it may be there.
    #[cold]
    pub(super) fn lookup_any(&mut self, addr: VirtAddr, windows: &mut Windows) -> Option<Mapped> {
        if let Some(found) = self.lookup_first(addr, windows) {
            return Some(found);
        }
        self.stats.l1_misses += 1;
        let found = self.lookup_second(addr, windows);
        self.stats.l2_misses += u64::from(found.is_none());
        found
    }

    /// The first level of loads and stores.
    fn lookup_first(&mut self, addr: VirtAddr, windows: &mut Windows) -> Option<Mapped> {
        Kind::all(BASE | self.special).find_map(|kind| {
            let (page, key) = self.page_and_key(addr, kind);
            let life = Life { epoch: self.epoch, asids: &self.asids };
            let found = self.data.lookup(kind.size, page, key, life)?;
            let mapped = Mapped::at(found.entry, kind.size, found.place, found.set);
            if !found.was_first || found.place == Place::Small {
                self.close((found.place, found.set), mapped, windows);
            }
            Some(mapped)
        })
    }

    /// The second level of loads and stores; what is found goes into the first.
    fn lookup_second(&mut self, addr: VirtAddr, windows: &mut Windows) -> Option<Mapped> {
        Kind::all(BASE | self.special).find_map(|kind| {
            let (page, key) = self.page_and_key(addr, kind);
            let life = Life { epoch: self.epoch, asids: &self.asids };
            let found = self.second.lookup(kind.size, page, key, life)?;
            Some(self.enter_first(addr, kind, found.entry, windows))
        })
    }

    /// Looks `addr` up for a fetch.
    pub(crate) fn lookup_code(&mut self, addr: VirtAddr, windows: &mut Windows) -> Option<Mapped> {
        if self.code.is_none() {
            return self.lookup(addr, windows);
        }
        if let Some((kind, found)) = self.find_code(addr, 1) {
            return Some(Mapped::at(found.entry, kind.size, found.place, found.set));
        }
        self.stats.l1_misses += 1;
        if let Some((kind, found)) = self.find_code(addr, 2) {
            return Some(self.enter_code(addr, kind, found.entry));
        }
        self.stats.l2_misses += 1;
        None
    }

    /// What the first or second level of fetches has for `addr`.
    fn find_code(&mut self, addr: VirtAddr, level: u32) -> Option<(Kind, Found)> {
        Kind::all(BASE | self.special).find_map(|kind| {
            let (page, key) = self.page_and_key(addr, kind);
            let life = Life { epoch: self.epoch, asids: &self.asids };
            let array = match level {
                1 => self.code.as_deref_mut()?,
                _ => self.second_code.as_deref_mut().unwrap_or(&mut self.second),
            };
            Some((kind, array.lookup(kind.size, page, key, life)?))
        })
    }

    /// Takes out what translates `addr` in the running address space: what a page fault there does, or a store whose entry was not
    /// dirty.
    pub(crate) fn forget(&mut self, addr: VirtAddr, windows: &mut Windows) {
        let page = self.page_of(addr, 0);
        let key = Key::new(self.key(page, 0, false));
        self.data.small.remove(page, key);
        self.second.small.remove(page, key);
        if self.fetched {
            self.levels_mut().for_each(|level| level.small.remove(page, key));
        }
        self.close_small(self.data.small.set_of(page), windows);
        if self.special != 0 {
            self.forget_special(addr);
            windows.close_all();
        }
    }

    #[cold]
    fn forget_special(&mut self, addr: VirtAddr) {
        for kind in Kind::all(self.special) {
            let (page, key) = self.page_and_key(addr, kind);
            self.levels_mut().for_each(|level| level.remove(kind.size, page, key));
        }
    }

    /// INVLPG: takes out what translates `addr` in the running address space, and its paging-structure caches; all its entries if
    /// pages were entered in pieces, for where the others are is not known.
    pub(crate) fn invalidate(&mut self, addr: VirtAddr, windows: &mut Windows) {
        self.forget(addr, windows);
        let tag = self.asids.tag();
        self.walk.forget(tag);
        if self.pieces {
            windows.close_all();
            let own = |key: u64| key & TAG_MASK != tag && key & TAG_MASK != GLOBAL_TAG;
            self.levels_mut().for_each(|level| level.retain(own));
        }
    }

    pub(super) fn page_and_key(&self, addr: VirtAddr, kind: Kind) -> (u64, u64) {
        let page = self.page_of(addr, kind.size);
        (page, self.key(page, kind.size, kind.global))
    }

    /// Closes the windows that an entry's use ends.
    pub(super) fn close(&self, (place, set): (Place, usize), mapped: Mapped, windows: &mut Windows) {
        match place {
            Place::Small => self.close_small(set, windows),
            Place::Large | Place::Huge => windows.close_large(mapped.large_set),
        }
    }
}
