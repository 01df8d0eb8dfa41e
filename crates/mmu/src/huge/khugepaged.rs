//! khugepaged: blocks of base pages made huge in the background (Linux: `mm/khugepaged.c`, `khugepaged_scan_mm_slot`,
//! `hpage_collapse_scan_pmd`).
//!
//! It runs when it is asked to, or on the machine's clock if the configuration says so. Left out: file mappings, pages in swap
//! (a block with any is passed over; Linux reads up to 64 back in), and the time it takes.

use super::{ThpEnabled, huge_range};
use crate::paging::EntryRef;
use crate::vma::Vma;
use crate::walk::Slot;
use crate::{Machine, MmId, Pfn, VirtAddr};
use serde::{Deserialize, Serialize};

/// Where the next scan goes on, and when.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Khugepaged {
    mm: u32,
    addr: u64,
    woken_ns: u64,
}

/// Pages of a block that may be shared (`max_ptes_shared`, HPAGE_PMD_NR / 2).
const MAX_PTES_SHARED: u32 = 256;

impl Machine {
    /// Looks at up to `pages` base pages where the last scan ended, and makes huge what may be: how many huge pages that gave.
    pub fn khugepaged_scan(&mut self, pages: u64) -> u64 {
        let span_pages = 1 << self.huge_order();
        let (mut left, mut collapsed) = (pages, 0);
        let blocks = self.khugepaged_blocks();
        let after = blocks
            .partition_point(|(mm, addr)| (mm.0, addr.get()) < (self.khugepaged.mm, self.khugepaged.addr));
        let order = blocks[after..].iter().chain(&blocks[..after]);
        for (mm, addr) in order.copied().collect::<Vec<_>>() {
            if left == 0 {
                (self.khugepaged.mm, self.khugepaged.addr) = (mm.0, addr.get());
                return collapsed;
            }
            left = left.saturating_sub(span_pages);
            collapsed += u64::from(self.khugepaged_block(mm, addr));
        }
        (self.khugepaged.mm, self.khugepaged.addr) = (0, 0);
        collapsed
    }

    /// Runs it as often as the clock says it should have (`scan_sleep_millisecs`).
    pub fn khugepaged_tick(&mut self) {
        let sleep_ns = self.config.khugepaged_sleep_ms * 1_000_000;
        if sleep_ns == 0 {
            return;
        }
        while self.clock.program_ns() >= self.khugepaged.woken_ns + sleep_ns {
            self.khugepaged.woken_ns += sleep_ns;
            self.khugepaged_scan(self.config.khugepaged_pages_to_scan);
        }
    }

    /// All blocks of all mappings that may be huge, in order.
    fn khugepaged_blocks(&self) -> Vec<(MmId, VirtAddr)> {
        let span = self.config.format.span(1);
        let mms = self.mms.iter().enumerate().filter_map(|(at, mm)| Some((MmId(at as u32), mm.as_ref()?)));
        let blocks = mms.flat_map(|(id, mm)| {
            let vmas = mm.vmas.iter().filter(|(_, vma)| self.khugepaged_allowed(vma));
            vmas.flat_map(move |(_, vma)| {
                let (first, last) = (vma.start.align_up(span), vma.end.align_down(span));
                (first.get()..last.get().max(first.get()))
                    .step_by(span as usize)
                    .map(move |addr| (id, VirtAddr::new(addr)))
            })
        });
        blocks.collect()
    }

    /// Linux: `thp_vma_allowable_order` with TVA_KHUGEPAGED.
    fn khugepaged_allowed(&self, vma: &Vma) -> bool {
        vma.anon_vma.is_some() && self.thp_allowed(vma) && self.config.thp_enabled != ThpEnabled::Never
    }

    fn khugepaged_block(&mut self, mm: MmId, addr: VirtAddr) -> bool {
        let span = self.config.format.span(1);
        let tables = &self.mm(mm).tables;
        let (Slot::Table(table), _) = tables.slot(&self.phys, addr, addr + span) else { return false };
        let Some(vma) = self.mm(mm).vmas.at(addr).map(|id| *self.mm(mm).vmas.get(id)) else { return false };
        huge_range(&vma, addr, span).is_some()
            && self.khugepaged_suits(table)
            && self.collapse_at(mm, &vma, addr, table)
    }

    /// Whether enough is there, something of it was used, and little of it is shared.
    fn khugepaged_suits(&self, table: Pfn) -> bool {
        let (mut none, mut shared, mut young) = (0, 0, false);
        for index in 0..self.config.format.entries() {
            let pte = self.phys.pte(EntryRef::base(table, index));
            match () {
                () if pte.is_none() || pte.is_special() => none += 1,
                () if !pte.is_mapped() || pte.is_protnone() => return false,
                () => {
                    shared += u32::from(self.phys.frame(pte.pfn()).mapcount() > 1);
                    young |= pte.is_young();
                }
            }
        }
        none <= self.config.max_ptes_none && shared <= MAX_PTES_SHARED && young
    }
}
