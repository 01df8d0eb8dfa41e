//! Going over a range table by table (Linux: the `pgd_addr_end` … `pmd_addr_end` loops of `mm/memory.c`).
//!
//! The loops over ranges (zap, fork, mprotect, mremap) take one step for each entry of level 1 (Linux: PMD) that holds
//! something, and one for each empty entry above it, however large.

use crate::paging::table::PageTables;
use crate::paging::{EntryRef, Pte, PteFlags};
use crate::phys::Phys;
use crate::{Pfn, VirtAddr};

/// What an entry of level 1 holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// No table reaches down to base pages there.
    Empty,
    /// A leaf: a huge page.
    Huge(EntryRef, Pte),
    /// A table of base pages.
    Table(Pfn),
}

/// Entries of one table of base pages that lie side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// The table's frame.
    pub(crate) table: Pfn,
    /// The first entry.
    pub(crate) first: usize,
    /// How many.
    pub(crate) len: usize,
}

impl Run {
    /// Where it stands among the table's words.
    pub(crate) fn range(&self) -> std::ops::Range<usize> {
        self.first..self.first + self.len
    }

    /// The entry `i` of the run.
    pub(crate) fn entry(&self, i: usize) -> EntryRef {
        EntryRef { table: self.table, index: (self.first + i) as u32 }
    }
}

impl PageTables {
    /// What stands for `addr` at level 1, and the end of the range it stands for, at most `end`.
    pub(crate) fn slot(&self, phys: &Phys, addr: VirtAddr, end: VirtAddr) -> (Slot, VirtAddr) {
        let mut table = self.root;
        let mut level = self.format.levels - 1;
        loop {
            let at = EntryRef { table, index: self.format.index(addr.get(), level) as u32 };
            let pte = self.read(phys, at);
            let next = self.span_end(addr, end, level);
            if pte.is_none() {
                return (Slot::Empty, next);
            }
            if level == 1 {
                let huge = pte.has(PteFlags::HUGE);
                return (if huge { Slot::Huge(at, pte) } else { Slot::Table(pte.pfn()) }, next);
            }
            table = pte.pfn();
            level -= 1;
        }
    }

    /// The end of what the entry at `level` for `addr` maps, or `end` if that comes first.
    pub(crate) fn span_end(&self, addr: VirtAddr, end: VirtAddr, level: u32) -> VirtAddr {
        let span = self.format.span(level);
        let next = addr.align_down(span) + span;
        if next.get().wrapping_sub(1) < end.get().wrapping_sub(1) { next } else { end }
    }

    /// The entries for `addr` up to `end` in the table of base pages `table`, which holds both.
    pub(crate) fn run(&self, table: Pfn, addr: VirtAddr, end: VirtAddr) -> Run {
        let first = self.format.index(addr.get(), 0);
        Run { table, first, len: ((end - addr) >> self.format.page_shift) as usize }
    }
}
