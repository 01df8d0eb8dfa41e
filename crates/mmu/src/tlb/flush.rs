//! TLB flushes that are owed: whoever takes rights away or unmaps gets a token, and settles it when all entries are changed.
//!
//! Linux: `arch/x86/mm/tlb.c`, `mm/mmu_gather.c`. Flushes of one call are gathered and settled together. Processors that run
//! the address space are asked to flush by an interrupt (a shootdown); those that idle flush when they have something to run.

use super::Tlb;
use crate::phys::window::Windows;
use crate::{Machine, MmId, VirtAddr};
use serde::{Deserialize, Serialize};

/// Entries of the TLB that no longer agree with the page tables. To be settled by [`Machine::flush`] before user code runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[must_use = "the TLB is stale until the flush is settled"]
pub struct FlushOwed {
    first: Option<FlushRange>,
    /// Of further address spaces. Empty as a rule, so a token takes no host memory.
    more: Vec<FlushRange>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FlushRange {
    pub(super) mm: MmId,
    pub(super) start: VirtAddr,
    pub(super) end: VirtAddr,
}

impl FlushOwed {
    /// Nothing.
    pub const fn none() -> FlushOwed {
        FlushOwed { first: None, more: Vec::new() }
    }

    /// The page that holds `addr`.
    pub fn page(mm: MmId, addr: VirtAddr) -> FlushOwed {
        FlushOwed::range(mm, addr, addr + 1)
    }

    /// All pages that have a byte in `start..end`.
    pub fn range(mm: MmId, start: VirtAddr, end: VirtAddr) -> FlushOwed {
        FlushOwed { first: Some(FlushRange { mm, start, end }), more: Vec::new() }
    }

    /// The whole address space.
    pub fn mm(mm: MmId) -> FlushOwed {
        FlushOwed::range(mm, VirtAddr::new(0), VirtAddr::new(u64::MAX))
    }

    /// Whether nothing is owed.
    pub fn is_none(&self) -> bool {
        self.first.is_none()
    }

    /// Both. Two ranges of one address space become the range over both, as Linux's `mmu_gather` holds one.
    pub fn merge(mut self, other: FlushOwed) -> FlushOwed {
        if self.first.is_none() {
            return other;
        }
        for range in other.ranges() {
            let mine = self.first.iter_mut().chain(&mut self.more).find(|r| r.mm == range.mm);
            match mine {
                Some(mine) => {
                    mine.start = mine.start.min(range.start);
                    mine.end = mine.end.max(range.end);
                }
                None => self.more.push(range),
            }
        }
        self
    }

    fn ranges(self) -> impl Iterator<Item = FlushRange> {
        self.first.into_iter().chain(self.more)
    }
}

/// Flushes that wait for the end of what owes them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Gather {
    /// How many callers gather, each within another.
    depth: u32,
    owed: FlushOwed,
}

/// Pages of a range that are flushed one by one; of more than these, the whole address space is (Linux:
/// `tlb_single_page_flush_ceiling`).
const SINGLE_PAGES_MAX: u64 = 33;

impl Machine {
    /// Settles a flush: at once where its address space runs, when it runs next elsewhere (Linux: `flush_tlb_mm_range`); at its
    /// end within `gather`.
    pub fn flush(&mut self, owed: FlushOwed) {
        if self.gather.depth > 0 {
            let before = std::mem::take(&mut self.gather.owed);
            self.gather.owed = before.merge(owed);
            return;
        }
        for range in owed.ranges() {
            self.flush_range(range);
        }
    }

    /// Settles a flush of the page that holds `addr`.
    #[inline]
    pub(crate) fn flush_page(&mut self, mm: MmId, addr: VirtAddr) {
        if self.gather.depth > 0 {
            return self.flush(FlushOwed::page(mm, addr));
        }
        self.flush_range(FlushRange { mm, start: addr, end: addr + 1 });
    }

    /// Does `work`, whose flushes are settled together when it is done (Linux: `tlb_gather_mmu`, `tlb_finish_mmu`). No access of
    /// a program falls into it.
    pub(crate) fn gather<R>(&mut self, work: impl FnOnce(&mut Machine) -> R) -> R {
        self.gather.depth += 1;
        let result = work(self);
        self.gather.depth -= 1;
        let owed = std::mem::take(&mut self.gather.owed);
        self.flush(owed);
        result
    }

    /// The same for reclaim, which flushes whole address spaces (Linux: `try_to_unmap_flush`, `arch_tlbbatch_flush`).
    pub(crate) fn gather_whole<R>(&mut self, work: impl FnOnce(&mut Machine) -> R) -> R {
        self.gather.depth += 1;
        let result = work(self);
        self.gather.depth -= 1;
        let owed = std::mem::take(&mut self.gather.owed);
        for range in owed.ranges() {
            self.flush(FlushOwed::mm(range.mm));
        }
        result
    }

    fn flush_range(&mut self, range: FlushRange) {
        if self.hashed.is_some() {
            self.flush_hashed(range.mm, range.start, range.end);
        }
        let page = self.page_size();
        let Some(Some(mm)) = self.mms.get_mut(range.mm.index()) else { return };
        mm.tables.generation += 1;
        let generation = mm.tables.generation;
        let start = range.start.align_down(page);
        let pages = (range.end - start).div_ceil(page);
        let pages = if pages > SINGLE_PAGES_MAX { None } else { Some((start, pages, page)) };
        for parked in self.cpus.parked_mut().filter(|parked| parked.mm == Some(range.mm) && !parked.lazy) {
            self.tlb.stats.shootdowns += 1;
            parked.tlb.flush_here(pages, generation, &mut Windows::new(0));
        }
        if self.current == Some(range.mm) {
            self.tlb.flush_here(pages, generation, &mut self.phys.host.windows);
        }
    }

    /// Runs on the address space `mm` from now on (Linux: `switch_mm`).
    pub fn switch_mm(&mut self, mm: MmId) {
        if self.current != Some(mm) || !self.tlb.runs(self.mm(mm).tables.context) {
            self.current = Some(mm);
            let tables = &self.mms[mm.index()].as_ref().expect("a live MmId").tables;
            self.phys.host.windows.close_all();
            self.tlb.switch(tables.context, tables.generation);
            self.tlb.stats.switches += 1;
        }
    }

    /// Runs on no address space where `mm` runs, which ends.
    pub(crate) fn leave_mm(&mut self, mm: MmId) {
        for parked in self.cpus.parked_mut().filter(|parked| parked.mm == Some(mm)) {
            parked.mm = None;
        }
        if self.current == Some(mm) {
            self.current = None;
            self.phys.host.windows.close_all();
        }
    }

    /// The address space that accesses go to.
    pub fn current_mm(&self) -> Option<MmId> {
        self.current
    }
}

impl Tlb {
    /// Flushes so many pages of so many bytes from an address on, or the whole running address space.
    fn flush_here(&mut self, pages: Option<(VirtAddr, u64, u64)>, generation: u64, windows: &mut Windows) {
        let Some((start, pages, page)) = pages else {
            windows.close_all();
            return self.flush_running(generation);
        };
        for number in 0..pages {
            self.invalidate(start + number * page, windows);
        }
        self.settle_pages(pages, generation);
    }
}
