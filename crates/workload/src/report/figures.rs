//! Heap, memory and TLB in figures.

use memtwin_alloc::{HeapSummary, Malloc};
use memtwin_kernel::Pid;
use memtwin_kernel::mmu::Machine;
use serde::Serialize;

use crate::twin::Twin;

/// Heaps in bytes, blocks in numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct HeapFigures {
    /// What the program asked for, in blocks that live.
    pub live_bytes: u64,
    /// The most that ever was.
    pub peak_live_bytes: u64,
    /// Blocks that live.
    pub live_blocks: u64,
    /// From the heap's start to the break.
    pub break_bytes: u64,
    /// In mapped chunks.
    pub mmapped_bytes: u64,
    /// The most that ever was.
    pub peak_mmapped_bytes: u64,
    /// Headers of chunks in use.
    pub header_bytes: u64,
    /// Given beyond what was asked for.
    pub padding_bytes: u64,
    /// Free, but kept for their size by tcaches and fastbins.
    pub cached_bytes: u64,
    /// Free, in bins.
    pub free_bytes: u64,
    /// Free, at the top.
    pub top_bytes: u64,
    /// The largest free chunk, a top included.
    pub largest_free_bytes: u64,
    /// Free below the highest chunk that lives: no lowering of the break gives it back.
    pub untrimmable_bytes: u64,
    /// The part of the chunks in use that was not asked for, 0 to 1.
    pub internal_fragmentation: f64,
    /// The part of the free memory that is not in the largest free chunk, 0 to 1.
    pub external_fragmentation: f64,
    #[serde(skip)]
    requested_bytes: u64,
}

impl HeapFigures {
    /// Adds the heap of a process.
    pub(super) fn add(&mut self, twin: &Twin, pid: Pid) {
        if let Ok(usage) = twin.heap(pid).map(Malloc::usage) {
            self.live_bytes += usage.live_bytes;
            self.peak_live_bytes += usage.peak_live_bytes;
            self.live_blocks += usage.live_blocks;
            self.mmapped_bytes += usage.mmapped_bytes;
            self.peak_mmapped_bytes += usage.peak_mmapped_bytes;
        }
        if let Ok(process) = twin.kernel.process(pid) {
            let mm = twin.kernel.machine.mm(process.mm);
            self.break_bytes += mm.brk - mm.start_brk;
        }
        if let Ok(Some(summary)) = twin.heap_summary(pid) {
            self.add_summary(&summary);
        }
    }

    fn add_summary(&mut self, summary: &HeapSummary) {
        self.requested_bytes += summary.requested_bytes;
        self.header_bytes += summary.header_bytes;
        self.padding_bytes += summary.padding_bytes;
        self.cached_bytes += summary.cached_bytes;
        self.free_bytes += summary.free_bytes;
        self.top_bytes += summary.top_bytes;
        self.largest_free_bytes += summary.largest_free_bytes;
        self.untrimmable_bytes += summary.untrimmable_bytes;
        let overhead = self.header_bytes + self.padding_bytes;
        self.internal_fragmentation = part(overhead, overhead + self.requested_bytes);
        let free = self.cached_bytes + self.free_bytes + self.top_bytes;
        self.external_fragmentation = part(free.saturating_sub(self.largest_free_bytes), free);
    }
}

fn part(of: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { of as f64 / whole as f64 }
}

/// Memory in bytes; what the processes that live have in memory, summed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MemoryFigures {
    /// Resident now.
    pub rss_bytes: u64,
    /// The most after any line, by process.
    pub peak_rss_bytes: u64,
    /// Mapped.
    pub mapped_bytes: u64,
    /// Page tables.
    pub page_table_bytes: u64,
}

impl MemoryFigures {
    /// Adds the memory of a process.
    pub(super) fn add(&mut self, twin: &Twin, pid: Pid) {
        if let Ok(status) = twin.kernel.status_data(pid) {
            let bytes = |name| status.get(name) << 10;
            self.rss_bytes += bytes("VmRSS");
            self.peak_rss_bytes += bytes("VmHWM");
            self.mapped_bytes += bytes("VmSize");
            self.page_table_bytes += bytes("VmPTE");
        }
    }
}

/// The TLB's counters.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TlbFigures {
    /// Look-ups.
    pub accesses: u64,
    /// Found in the first level.
    pub l1_hits: u64,
    /// Found in the second level.
    pub l2_hits: u64,
    /// Page walks.
    pub walks: u64,
    /// References to page-table entries during them.
    pub walk_references: u64,
    /// Flushes of single pages.
    pub page_flushes: u64,
    /// Flushes of whole address spaces.
    pub asid_flushes: u64,
    /// Flushes that another processor was asked for.
    pub shootdowns: u64,
}

impl TlbFigures {
    /// The counters of a machine.
    pub(super) fn of(machine: &Machine) -> TlbFigures {
        let stats = machine.tlb_stats();
        TlbFigures {
            accesses: stats.accesses,
            l1_hits: stats.l1_hits(),
            l2_hits: stats.l2_hits(),
            walks: stats.walks(),
            walk_references: machine.walk_references(),
            page_flushes: stats.page_flushes,
            asid_flushes: stats.asid_flushes,
            shootdowns: stats.shootdowns,
        }
    }
}
