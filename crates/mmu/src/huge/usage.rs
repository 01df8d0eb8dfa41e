//! How much of memory is in huge pages, and how much of those was never written.

use crate::paging::Visit;
use crate::{Machine, Pfn};

/// What the page tables of all address spaces map, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PageSizes {
    /// By entries of base pages.
    pub base_bytes: u64,
    /// By entries of level 1 (x86: 2 MiB).
    pub large_bytes: u64,
    /// By entries of level 2 (1 GiB).
    pub huge_bytes: u64,
    /// Of these two: base pages that hold only zeroes, which base pages would not have taken.
    pub zero_bytes: u64,
}

impl Machine {
    /// Adds up what is mapped by page size; zero pages count nowhere.
    pub fn page_sizes(&self) -> PageSizes {
        let mut sizes = PageSizes::default();
        for mm in self.mms.iter().flatten() {
            mm.tables.visit(&self.phys, &mut |visit| {
                if let Visit::Leaf { level, pte, .. } = visit
                    && pte.is_mapped()
                    && !self.is_zero_page(pte.pfn())
                {
                    let bytes = self.config.format.span(level);
                    match level {
                        0 => sizes.base_bytes += bytes,
                        1 => sizes.large_bytes += bytes,
                        _ => sizes.huge_bytes += bytes,
                    }
                    if level > 0 {
                        sizes.zero_bytes += self.zero_bytes(pte.pfn(), bytes);
                    }
                }
            });
        }
        sizes
    }

    fn is_zero_page(&self, pfn: Pfn) -> bool {
        pfn == crate::phys::ZERO_PFN || self.huge_zero == Some(pfn)
    }

    fn zero_bytes(&self, first: Pfn, bytes: u64) -> u64 {
        let page = self.page_size();
        let frames = (0..(bytes / page) as u32).map(|i| first + i);
        frames
            .filter(|pfn| self.phys.host().bytes(*pfn).is_none_or(|bytes| bytes.iter().all(|b| *b == 0)))
            .count() as u64
            * page
    }
}
