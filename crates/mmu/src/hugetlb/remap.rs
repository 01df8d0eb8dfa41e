//! mremap of pool pages: within one size, by whole pages, never to grow (Linux: `align_hugetlb`, `move_hugetlb_page_tables`).
//!
//! The moved part has the reservation afterwards, and what is left of the mapping none (`clear_vma_resv_huge_pages`), so that the pool
//! loses what that was promised: a leak of Linux's, seen on 6.18.

use crate::paging::Pte;
use crate::region::MremapRequest;
use crate::{FlushOwed, Machine, MmId, VirtAddr, Vma};

impl Machine {
    /// The request in whole pages of the mapping; None where it is not aligned, or asks for more than there is.
    pub(crate) fn align_hugetlb(&self, vma: &Vma, ask: &MremapRequest) -> Option<MremapRequest> {
        let Some(level) = vma.hugetlb_level() else { return Some(*ask) };
        let page = self.config.format.span(level);
        let up = |len: u64| len.checked_next_multiple_of(page);
        let aligned = MremapRequest { old_len: up(ask.old_len)?, new_len: up(ask.new_len)?, ..*ask };
        let fits = (ask.addr | ask.new_addr) & (page - 1) == 0 && aligned.new_len <= aligned.old_len;
        fits.then_some(aligned)
    }

    /// Moves the pages that `len` bytes at `from` of mapping `old` hold to `to`, one by one. Without frames for tables the rest stays.
    pub(crate) fn hugetlb_move(&mut self, mm: MmId, old: &Vma, from: VirtAddr, to: VirtAddr, len: u64) {
        let Some(level) = old.hugetlb_level() else { return };
        let moving = from..from + len;
        for (addr, at, pte) in self.hugetlb_entries(mm, old, level) {
            if !moving.contains(&addr) {
                continue;
            }
            let target = to + (addr - from);
            let Ok(there) = self.ensure_entry(mm, target, level) else { break };
            self.set_entry(at, Pte::NONE);
            self.set_entry(there, pte);
            let maps = self.hugetlb.mapped.entry(pte.pfn()).or_default();
            maps.iter_mut().filter(|map| **map == (mm, addr)).for_each(|map| *map = (mm, target));
        }
        self.flush(FlushOwed::range(mm, from, from + len));
    }
}
