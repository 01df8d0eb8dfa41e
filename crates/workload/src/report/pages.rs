//! Memory by page size: what huge pages hold, what of it was never written, and how far the TLB reaches.

use memtwin_kernel::mmu::Machine;
use serde::Serialize;

/// Bytes mapped, and pools in pages.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PageFigures {
    /// By base pages; zero pages count nowhere.
    pub base_bytes: u64,
    /// By pages of 2 MiB, transparent or of a pool.
    pub large_bytes: u64,
    /// By pages of 1 GiB.
    pub huge_bytes: u64,
    /// Of huge pages: base pages of zeroes alone, which base pages would not have taken.
    pub zero_bytes: u64,
    /// Pages of 2 MiB in their pool, and free of them.
    pub pool_pages: u64,
    /// Of these: free.
    pub pool_free_pages: u64,
    /// What a full second-level TLB translates with base pages alone.
    pub base_reach_bytes: u64,
    /// The same with pages of 2 MiB alone.
    pub large_reach_bytes: u64,
}

impl PageFigures {
    /// The figures of a machine.
    pub(super) fn of(machine: &Machine) -> PageFigures {
        let (sizes, pool) = (machine.page_sizes(), machine.hugetlb_pool(1));
        let reach = |level| machine.config.tlb.reach_pages(level) * machine.config.format.span(level);
        PageFigures {
            base_bytes: sizes.base_bytes,
            large_bytes: sizes.large_bytes,
            huge_bytes: sizes.huge_bytes,
            zero_bytes: sizes.zero_bytes,
            pool_pages: pool.total,
            pool_free_pages: pool.free,
            base_reach_bytes: reach(0),
            large_reach_bytes: reach(1),
        }
    }

    /// For people: what is not 0.
    pub(super) fn rows(&self) -> Vec<(String, String)> {
        let rows = [
            ("bytes in base pages", self.base_bytes),
            ("bytes in pages of 2 MiB", self.large_bytes),
            ("bytes in pages of 1 GiB", self.huge_bytes),
            ("bytes of zeroes in huge pages", self.zero_bytes),
            ("pages of 2 MiB in the pool", self.pool_pages),
            ("free of them", self.pool_free_pages),
            ("reach of the TLB in base pages", self.base_reach_bytes),
            ("reach of the TLB in pages of 2 MiB", self.large_reach_bytes),
        ];
        let rows = rows.into_iter().filter(|(_, figure)| *figure > 0);
        rows.map(|(name, figure)| (name.to_owned(), figure.to_string())).collect()
    }
}
