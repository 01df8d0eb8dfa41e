//! What a walk found goes into both levels.

use super::Tlb;
use super::array::{Entry, Key, Life};
use super::entry::Mapped;
use super::level::SIZES;
use super::special::Kind;
use crate::VirtAddr;
use crate::paging::{Pte, PteFlags};
use crate::phys::window::Windows;

impl Tlb {
    /// Enters the leaf `pte` that a walk for `addr` found at `level`, for loads and stores.
    #[inline(always)]
    pub(crate) fn fill(&mut self, addr: VirtAddr, level: u32, pte: Pte, windows: &mut Windows) -> Mapped {
        if level > 0 || pte.has(PteFlags::GLOBAL) {
            return self.fill_special(addr, level, pte, windows);
        }
        let page = addr.get() >> self.shifts[0];
        let (key, entry) = (Key::new(self.key(page, 0, false)), Entry::of(pte.pfn(), pte));
        let (set, shared) = (self.data.small.set_of(page), self.second.small.set_of(page));
        let life = Life { epoch: self.epoch, asids: &self.asids };
        self.second.small.insert(shared, key, entry, life, &mut self.random);
        self.enter_small(set, key, entry, windows)
    }

    #[cold]
    fn fill_special(&mut self, addr: VirtAddr, level: u32, pte: Pte, windows: &mut Windows) -> Mapped {
        let (kind, entry) = self.leaf(addr, level, pte);
        self.enter_second(addr, kind, entry, false);
        self.enter_first(addr, kind, entry, windows)
    }

    /// The same for a fetch.
    pub(crate) fn fill_code(
        &mut self,
        addr: VirtAddr,
        level: u32,
        pte: Pte,
        windows: &mut Windows,
    ) -> Mapped {
        if self.code.is_none() {
            return self.fill(addr, level, pte, windows);
        }
        let (kind, entry) = self.leaf(addr, level, pte);
        self.enter_second(addr, kind, entry, true);
        self.enter_code(addr, kind, entry)
    }

    /// A leaf as one of the sizes there are: of one above them, the piece with `addr`.
    fn leaf(&mut self, addr: VirtAddr, level: u32, pte: Pte) -> (Kind, Entry) {
        let size = (level as usize).min(SIZES - 1);
        let bits = self.shifts[1] - self.shifts[0];
        let span_shift = self.shifts[0] + bits * level;
        let within = addr.get() & ((1 << span_shift) - 1);
        let frames = within >> self.shifts[size] << (self.shifts[size] - self.shifts[0]);
        let kind = Kind { size, global: pte.has(PteFlags::GLOBAL) };
        (kind, Entry::of(pte.pfn(), pte).piece(frames))
    }

    /// How a level that keeps `kind` as pages of size `kept` has it: the page, its key, its entry.
    fn as_kept(&mut self, addr: VirtAddr, kind: Kind, kept: usize, entry: Entry) -> (u64, u64, Entry) {
        let within = addr.get() & ((1 << self.shifts[kind.size]) - 1);
        let frames = within >> self.shifts[kept] << (self.shifts[kept] - self.shifts[0]);
        let kind_kept = Kind { size: kept, ..kind };
        self.special |= kind_kept.bit() & !super::special::BASE;
        self.pieces |= kept != kind.size;
        let (page, key) = self.page_and_key(addr, kind_kept);
        (page, key, entry.piece(frames))
    }

    /// Enters a page in the first level of loads and stores.
    pub(super) fn enter_first(
        &mut self,
        addr: VirtAddr,
        kind: Kind,
        entry: Entry,
        windows: &mut Windows,
    ) -> Mapped {
        let kept = self.data.kept_as(kind.size);
        let (page, key, entry) = self.as_kept(addr, kind, kept, entry);
        let life = Life { epoch: self.epoch, asids: &self.asids };
        let place = self.data.insert(kept, page, key, entry, life, &mut self.random);
        let mapped = Mapped::at(entry, kept, place.0, place.1);
        self.close(place, mapped, windows);
        mapped
    }

    /// Enters a page in the first level of fetches.
    pub(super) fn enter_code(&mut self, addr: VirtAddr, kind: Kind, entry: Entry) -> Mapped {
        self.fetched = true;
        let kept = self.code.as_ref().map_or(0, |code| code.kept_as(kind.size));
        let (page, key, entry) = self.as_kept(addr, kind, kept, entry);
        let life = Life { epoch: self.epoch, asids: &self.asids };
        if let Some(code) = &mut self.code {
            code.insert(kept, page, key, entry, life, &mut self.random);
        }
        Mapped::at(entry, kept, super::level::Place::Small, 0)
    }

    fn enter_second(&mut self, addr: VirtAddr, kind: Kind, entry: Entry, code: bool) {
        let own = self.second_code.as_ref().filter(|_| code);
        let kept = own.map_or(self.second.kept_as(kind.size), |level| level.kept_as(kind.size));
        let (page, key, entry) = self.as_kept(addr, kind, kept, entry);
        let life = Life { epoch: self.epoch, asids: &self.asids };
        let level = match &mut self.second_code {
            Some(level) if code => level,
            _ => &mut self.second,
        };
        level.insert(kept, page, key, entry, life, &mut self.random);
    }
}
