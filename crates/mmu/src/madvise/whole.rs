//! Large folios under advice for a range: taken whole where the range maps all of it, else split first (Linux:
//! `madvise_folio_pte_batch` and its users).

use crate::rmap::{head_of, is_large};
use crate::walk::Run;
use crate::{Machine, Pfn};

/// The pages that advice is about to treat as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Batch {
    /// A folio, `usize` entries of the run map all of it.
    Whole(Pfn, usize),
    /// Nothing to do for so many entries.
    Skip(usize),
    /// A large folio was split: look again.
    Again,
}

impl Machine {
    /// What stands at entry `i` of the run.
    pub(super) fn advice_batch(&mut self, run: &Run, i: usize) -> Batch {
        let pte = self.phys.pte(run.entry(i));
        if !pte.is_mapped() || pte.is_special() {
            return Batch::Skip(1);
        }
        let frame = self.phys.frame(pte.pfn());
        if !is_large(frame) {
            return Batch::Whole(pte.pfn(), 1);
        }
        let head = head_of(&self.phys, pte.pfn());
        let pages = 1_usize << frame.order();
        let left = pages - (pte.pfn().0 - head.0) as usize;
        let follows = |n: &usize| {
            let next = self.phys.pte(run.entry(i + n));
            next.is_mapped() && next.pfn() == pte.pfn() + *n as u32
        };
        let mapped = (1..left.min(run.len - i)).take_while(follows).count() + 1;
        if mapped == pages {
            return Batch::Whole(head, pages);
        }
        if self.folios.get(head).shared || !self.split_folio_of(head) {
            return Batch::Skip(mapped);
        }
        Batch::Again
    }

    /// Whether all entries that map the folio are the ones of a batch.
    pub(super) fn mapped_once(&self, head: Pfn) -> bool {
        let frame = self.phys.frame(head);
        if is_large(frame) {
            return self.folios.get(head).total == 1 << frame.order();
        }
        frame.mapcount() == 1
    }
}
