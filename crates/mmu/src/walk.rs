//! Going over a range table by table (Linux: the `pgd_addr_end` … `pmd_addr_end` loops of `mm/memory.c`).
//!
//! The loops over ranges (zap, fork, mprotect, mremap) take one step for each entry of level 1 (Linux: PMD) that holds
//! something, and one for each empty entry above it, however large.

use crate::paging::table::{PageTables, read_in};
use crate::paging::{EntryRef, Format, FormatName, Pte, PteFlags};
use crate::phys::Phys;
use crate::rmap::is_large;
use crate::{Pfn, VirtAddr};
use serde::{Deserialize, Serialize};

/// What an entry of level 1 holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

    /// `len` of its entries from `i` on.
    pub(crate) fn part(&self, i: usize, len: usize) -> Run {
        Run { table: self.table, first: self.first + i, len }
    }

    /// The entry `i` of the run.
    pub(crate) fn entry(&self, i: usize) -> EntryRef {
        EntryRef::base(self.table, self.first + i)
    }
}

/// The most entries that a [`Run`] has: larger tables are gone over in pieces of so many.
pub(crate) const MAX_ENTRIES: usize = 512;

/// Entries that little room is needed for.
pub(crate) const FEW_ENTRIES: usize = 64;

/// How many entries at the start of `words` map pages side by side of one large folio with the same bits, but for accessed, dirty
/// and `ignored`; and the first of them with the accessed and dirty bits of all (Linux: `folio_pte_batch`). The first maps a page.
pub(crate) fn folio_batch(phys: &Phys, words: &[u64], ignored: PteFlags) -> (usize, Pte) {
    const USED: PteFlags = PteFlags::ACCESSED.union(PteFlags::DIRTY);
    let first = Pte(words[0]);
    if first.is_special() || !is_large(phys.frame(first.pfn())) {
        return (1, first);
    }
    let pages = 1_u32 << phys.frame(first.pfn()).order();
    let left = (pages - (first.pfn().0 & (pages - 1))) as usize;
    let like = |pte: Pte, i: usize| {
        pte.without(USED | ignored) == Pte::new(first.pfn() + i as u32, first.flags()).without(USED | ignored)
    };
    let entries = (1..left.min(words.len())).take_while(|&i| like(Pte(words[i]), i)).count() + 1;
    let used =
        words[..entries].iter().fold(PteFlags::empty(), |used, word| used | (Pte(*word).flags() & USED));
    (entries, first.with(used))
}

impl PageTables {
    /// What stands for `addr` at level 1, and the end of the range it stands for, at most `end`.
    pub(crate) fn slot(&self, phys: &Phys, addr: VirtAddr, end: VirtAddr) -> (Slot, VirtAddr) {
        // The same with its format known to the compiler, for the format there is most of.
        match self.format.name {
            FormatName::X86_64 => self.slot_in(Format::X86_64, phys, addr, end),
            _ => self.slot_in(self.format, phys, addr, end),
        }
    }

    #[inline(always)]
    fn slot_in(&self, format: Format, phys: &Phys, addr: VirtAddr, end: VirtAddr) -> (Slot, VirtAddr) {
        let mut table = self.root;
        let mut level = format.levels - 1;
        loop {
            if level == 0 {
                return self.base_slot(addr, end);
            }
            let at = EntryRef::new(table, format.index(addr.get(), level), level);
            let pte = read_in(format, phys, at);
            let next = span_end(format, addr, end, level);
            if pte.is_none() {
                return (Slot::Empty, next);
            }
            if level > 1 && pte.has(PteFlags::HUGE) {
                return (Slot::Empty, next);
            }
            if level == 1 {
                let huge = pte.has(PteFlags::HUGE);
                return match huge {
                    true => (Slot::Huge(at, pte), next),
                    false => (Slot::Table(pte.pfn()), self.piece_end(addr, next)),
                };
            }
            table = pte.pfn();
            level -= 1;
        }
    }

    /// The same where there is no level 1: the table is always there.
    #[cold]
    fn base_slot(&self, addr: VirtAddr, end: VirtAddr) -> (Slot, VirtAddr) {
        let frame = self.root + (addr.get() >> self.format.shift(1)) as u32;
        (Slot::Table(frame), self.piece_end(addr, self.span_end(addr, end, 1)))
    }

    /// The end of the piece of a table of base pages that a [`Run`] from `addr` on may be, or `end` if that comes first.
    pub(crate) fn piece_end(&self, addr: VirtAddr, end: VirtAddr) -> VirtAddr {
        if self.format.entries() <= MAX_ENTRIES {
            return end;
        }
        let piece = (MAX_ENTRIES as u64) << self.format.page_shift;
        end.min(addr.align_down(piece) + piece)
    }

    /// The end of what the entry at `level` for `addr` maps, or `end` if that comes first.
    pub(crate) fn span_end(&self, addr: VirtAddr, end: VirtAddr, level: u32) -> VirtAddr {
        span_end(self.format, addr, end, level)
    }

    /// The entries for `addr` up to `end` in the table of base pages `table`, which holds both.
    pub(crate) fn run(&self, table: Pfn, addr: VirtAddr, end: VirtAddr) -> Run {
        let first = self.format.index(addr.get(), 0);
        Run { table, first, len: ((end - addr) >> self.format.page_shift) as usize }
    }
}

#[inline(always)]
fn span_end(format: Format, addr: VirtAddr, end: VirtAddr, level: u32) -> VirtAddr {
    let span = format.span(level);
    let next = addr.align_down(span) + span;
    if next.get().wrapping_sub(1) < end.get().wrapping_sub(1) { next } else { end }
}
