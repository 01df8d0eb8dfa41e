//! `/proc/meminfo` (Linux: `meminfo_proc_show`, `si_mem_available`).
//!
//! Left out: slab and kernel stacks (0: the twin's kernel keeps its objects elsewhere), and the direct map.

use crate::task::Kernel;
use memtwin_mmu::phys::Zone;
use memtwin_mmu::reclaim::LruList;
use std::fmt::Write;

/// What vmalloc has to give, in kB.
const VMALLOC_TOTAL_KB: u64 = 34_359_738_367;

impl Kernel {
    /// The lines with their figures in kB, in the kernel's order.
    pub fn meminfo(&self) -> Vec<(&'static str, u64)> {
        let machine = &self.machine;
        let census = machine.census();
        let (total, swap) = (u64::from(machine.phys.total()), &machine.swap);
        let list = |list| census.list(list);
        let anon = (list(LruList::ActiveAnon), list(LruList::InactiveAnon));
        let file = (list(LruList::ActiveFile), list(LruList::InactiveFile));
        let pages = [
            ("MemTotal", total),
            ("MemFree", total - u64::from(machine.phys.used())),
            ("MemAvailable", self.available_pages(file.0 + file.1)),
            ("Buffers", 0),
            ("Cached", census.file - census.swapcached),
            ("SwapCached", census.swapcached),
            ("Active", anon.0 + file.0),
            ("Inactive", anon.1 + file.1),
            ("Active(anon)", anon.0),
            ("Inactive(anon)", anon.1),
            ("Active(file)", file.0),
            ("Inactive(file)", file.1),
            ("Unevictable", list(LruList::Unevictable)),
            ("Mlocked", census.mlocked),
            ("SwapTotal", swap.total().into()),
            ("SwapFree", u64::from(swap.total() - swap.used())),
            ("Zswap", 0),
            ("Zswapped", 0),
            ("Dirty", census.dirty),
            ("Writeback", census.writeback + machine.files.dirty.writing()),
            ("AnonPages", census.anon),
            ("Mapped", census.mapped),
            ("Shmem", census.shmem),
            ("KReclaimable", 0),
            ("Slab", 0),
            ("SReclaimable", 0),
            ("SUnreclaim", 0),
            ("KernelStack", 0),
            ("PageTables", census.page_tables),
            ("SecPageTables", 0),
            ("NFS_Unstable", 0),
            ("Bounce", 0),
            ("WritebackTmp", 0),
            ("CommitLimit", machine.commit_limit_pages()),
            ("Committed_AS", machine.commit.pages),
        ];
        let to_kb = machine.page_size() >> 10;
        let mut lines: Vec<_> = pages.into_iter().map(|(name, pages)| (name, pages * to_kb)).collect();
        lines.extend([
            ("VmallocTotal", VMALLOC_TOTAL_KB),
            ("VmallocUsed", 0),
            ("VmallocChunk", 0),
            ("Percpu", 0),
        ]);
        lines.extend([
            ("AnonHugePages", census.anon_huge * to_kb),
            ("ShmemHugePages", 0),
            ("ShmemPmdMapped", 0),
        ]);
        lines.extend([("FileHugePages", census.file_huge * to_kb), ("FilePmdMapped", 0), ("Balloon", 0)]);
        lines
    }

    /// What could be had without swapping: free pages less the reserves, and most of the page cache.
    fn available_pages(&self, cache: u64) -> u64 {
        let zones = &self.machine.phys.zones;
        let free: u64 = zones.iter().map(Zone::free_pages).sum();
        let low: u64 = zones.iter().map(|zone| zone.watermarks().low).sum();
        let reserve: u64 = zones.iter().map(Zone::total_reserve).sum();
        (free + cache - low.min(cache / 2)).saturating_sub(reserve)
    }

    /// The file.
    pub fn meminfo_text(&self) -> String {
        let mut text = String::new();
        for (name, kb) in self.meminfo() {
            let _ = writeln!(text, "{:<15} {kb:>8} kB", format!("{name}:"));
        }
        text.push_str(&self.machine.hugetlb_meminfo_text());
        text
    }
}
