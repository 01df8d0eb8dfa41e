//! What a run came to: its page faults by cause, owner and call, its system calls, heap, memory and TLB.
//!
//! [`Report`] is the data, for `--json` and for tests; [`sections`](Report::sections) the same as titled rows for people.

mod sections;

use std::collections::BTreeMap;

use serde::Serialize;

pub use sections::Section;

use memtwin_alloc::Malloc;
use memtwin_kernel::Pid;
use memtwin_kernel::mmu::tlb::TlbStats;

use crate::runner::Runner;
use crate::twin::Twin;

/// A run in figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Page faults of all processes.
    pub faults: Faults,
    /// System calls by name, the C libraries' among them.
    pub syscalls: BTreeMap<String, u64>,
    /// The heaps of the processes that live, summed.
    pub heap: HeapFigures,
    /// Resident memory.
    pub memory: MemoryFigures,
    /// The processor's TLB.
    pub tlb: TlbFigures,
}

/// Page faults. Each map's sum is `minflt + majflt`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Faults {
    /// Without input.
    pub minflt: u64,
    /// With input.
    pub majflt: u64,
    /// By what resolved them.
    pub by_cause: BTreeMap<String, u64>,
    /// By who touched the memory.
    pub by_owner: BTreeMap<String, u64>,
    /// By the call that met them.
    pub by_call: BTreeMap<String, u64>,
}

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
    /// Flushes of single pages.
    pub page_flushes: u64,
    /// Flushes of whole address spaces.
    pub asid_flushes: u64,
}

impl From<&TlbStats> for TlbFigures {
    fn from(stats: &TlbStats) -> TlbFigures {
        TlbFigures {
            accesses: stats.accesses,
            l1_hits: stats.l1_hits(),
            l2_hits: stats.l2_hits(),
            walks: stats.walks(),
            page_flushes: stats.page_flushes,
            asid_flushes: stats.asid_flushes,
        }
    }
}

impl Report {
    /// The figures of a run as it stands.
    pub fn of(runner: &Runner) -> Report {
        runner.twin().map(Report::of_twin).unwrap_or_default()
    }

    /// The figures of a machine as it stands.
    pub fn of_twin(twin: &Twin) -> Report {
        let ledger = &twin.kernel.machine.ledger;
        let faults = Faults {
            minflt: ledger.minflt,
            majflt: ledger.majflt,
            by_cause: named(&ledger.by_cause()),
            by_owner: named(&ledger.by_owner()),
            by_call: ledger.by_call().iter().map(|(call, count)| ((*call).to_owned(), *count)).collect(),
        };
        let syscalls = twin.trace.counts().iter().map(|(call, count)| ((*call).to_owned(), *count)).collect();
        let tlb = twin.kernel.machine.tlb.stats().into();
        let mut report = Report { faults, syscalls, tlb, ..Report::default() };
        for pid in twin.kernel.pids() {
            report.add_process(twin, pid);
        }
        report
    }

    fn add_process(&mut self, twin: &Twin, pid: Pid) {
        if let Ok(usage) = twin.heap(pid).map(Malloc::usage) {
            self.heap.live_bytes += usage.live_bytes;
            self.heap.peak_live_bytes += usage.peak_live_bytes;
            self.heap.live_blocks += usage.live_blocks;
            self.heap.mmapped_bytes += usage.mmapped_bytes;
            self.heap.peak_mmapped_bytes += usage.peak_mmapped_bytes;
        }
        if let Ok(process) = twin.kernel.process(pid) {
            let mm = twin.kernel.machine.mm(process.mm);
            self.heap.break_bytes += mm.brk - mm.start_brk;
        }
        if let Ok(status) = twin.kernel.status_data(pid) {
            let bytes = |name| status.get(name) << 10;
            self.memory.rss_bytes += bytes("VmRSS");
            self.memory.peak_rss_bytes += bytes("VmHWM");
            self.memory.mapped_bytes += bytes("VmSize");
            self.memory.page_table_bytes += bytes("VmPTE");
        }
    }

    /// As JSON, indented.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

/// Counts by the variants' names.
fn named<K: std::fmt::Debug>(counts: &BTreeMap<K, u64>) -> BTreeMap<String, u64> {
    counts.iter().map(|(key, count)| (format!("{key:?}"), *count)).collect()
}
