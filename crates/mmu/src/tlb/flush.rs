//! TLB flushes that are owed: whoever takes rights away or unmaps gets a token, and settles it when all entries are changed.

use crate::{Machine, MmId, VirtAddr};

/// Entries of the TLB that no longer agree with the page tables. To be settled by [`Machine::flush`] before user code runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "the TLB is stale until the flush is settled"]
pub struct FlushOwed {
    first: Option<FlushRange>,
    /// Of further address spaces. Empty as a rule, so a token takes no host memory.
    more: Vec<FlushRange>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// Pages of a range that are flushed one by one; of more than these, the whole address space is (Linux:
/// `tlb_single_page_flush_ceiling`).
const SINGLE_PAGES_MAX: u64 = 33;

impl Machine {
    /// Settles a flush: at once in the address space that runs, when it runs next in another (Linux: `flush_tlb_mm_range`).
    pub fn flush(&mut self, owed: FlushOwed) {
        for range in owed.ranges() {
            self.flush_range(range);
        }
    }

    fn flush_range(&mut self, range: FlushRange) {
        let page = self.page_size();
        let Some(Some(mm)) = self.mms.get_mut(range.mm.index()) else { return };
        mm.tables.generation += 1;
        if self.current != Some(range.mm) {
            return;
        }
        let windows = &mut self.phys.host.windows;
        let start = range.start.align_down(page);
        let pages = (range.end - start).div_ceil(page);
        if pages > SINGLE_PAGES_MAX {
            self.tlb.flush_running(mm.tables.generation, windows);
            return;
        }
        for number in 0..pages {
            self.tlb.invalidate(start + number * page, windows);
        }
        self.tlb.settle_pages(pages, mm.tables.generation);
    }

    /// Runs on the address space `mm` from now on (Linux: `switch_mm`).
    pub fn switch_mm(&mut self, mm: MmId) {
        if self.current != Some(mm) || !self.tlb.runs(self.mm(mm).tables.context) {
            self.current = Some(mm);
            let tables = &self.mms[mm.index()].as_ref().expect("a live MmId").tables;
            self.tlb.switch(tables.context, tables.generation, &mut self.phys.host.windows);
        }
    }

    /// Runs on no address space if it is on `mm`, which ends.
    pub(crate) fn leave_mm(&mut self, mm: MmId) {
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
