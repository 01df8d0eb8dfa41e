//! TLB flushes that are owed: whoever takes rights away or unmaps gets a token, and settles it when all entries are changed.

use crate::{Machine, MmId, VirtAddr};

/// Entries of the TLB that no longer agree with the page tables. To be settled by [`Machine::flush`] before user code runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "the TLB is stale until the flush is settled"]
pub struct FlushOwed {
    ranges: Vec<FlushRange>,
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
        FlushOwed { ranges: Vec::new() }
    }

    /// The page that holds `addr`.
    pub fn page(mm: MmId, addr: VirtAddr) -> FlushOwed {
        FlushOwed::range(mm, addr, addr + 1)
    }

    /// All pages that have a byte in `start..end`.
    pub fn range(mm: MmId, start: VirtAddr, end: VirtAddr) -> FlushOwed {
        FlushOwed { ranges: vec![FlushRange { mm, start, end }] }
    }

    /// The whole address space.
    pub fn mm(mm: MmId) -> FlushOwed {
        FlushOwed::range(mm, VirtAddr::new(0), VirtAddr::new(u64::MAX))
    }

    /// Whether nothing is owed.
    pub fn is_none(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Both. Two ranges of one address space become the range over both, as Linux's `mmu_gather` holds one.
    pub fn merge(mut self, other: FlushOwed) -> FlushOwed {
        for range in other.ranges {
            match self.ranges.iter_mut().find(|r| r.mm == range.mm) {
                Some(mine) => {
                    mine.start = mine.start.min(range.start);
                    mine.end = mine.end.max(range.end);
                }
                None => self.ranges.push(range),
            }
        }
        self
    }
}

impl Machine {
    /// Settles a flush.
    pub fn flush(&mut self, owed: FlushOwed) {
        drop(owed);
    }
}
