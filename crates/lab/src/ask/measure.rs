//! What is counted in an experiment.

use memtwin_alloc::{HeapSummary, Malloc};
use memtwin_kernel::Pid;
use memtwin_workload::Twin;
use memtwin_workload::report::Report;

use super::figure::{Figure, Unit};

/// A figure of an experiment: how much it grew during the measured lines, if it is not said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Measure {
    /// Minor page faults.
    Minflt,
    /// Major page faults.
    Majflt,
    /// System calls, the C library's among them.
    Calls,
    /// Resident bytes of all processes.
    Rss,
    /// Proportional resident bytes of all processes: of a page that several map, each has its part.
    Pss,
    /// Frames in use, as bytes.
    Memory,
    /// Bytes between the heap's start and the break.
    Break,
    /// Mapped bytes.
    Mapped,
    /// Bytes in page tables of user space below the root.
    Tables,
    /// Bytes in all page tables, not their growth.
    AllTables,
    /// Bytes in swap.
    Swap,
    /// Bytes that the program has of its malloc.
    Live,
    /// Free bytes between blocks of the heap, not their growth.
    Free,
    /// The largest free piece of the heap in bytes, the top included; not its growth.
    LargestFree,
    /// Page walks.
    Walks,
    /// References to page-table entries that walks made.
    WalkReferences,
    /// Processes.
    Processes,
    /// Time in which the program waited for memory, in microseconds.
    Waited,
    /// The sum of counters of `/proc/vmstat`, under a head of its own.
    Vmstat(&'static str, &'static [&'static str]),
    /// What the measured line of this number, from 0, came to, under a head of its own.
    Answer(&'static str, usize),
    /// Measured lines that gave no block.
    Failures,
    /// Whom the OOM killer killed.
    Killed,
    /// Misses of a string of references.
    Misses,
    /// Of these, misses of the hot set; of a scenario, major faults.
    HotMisses,
}

impl Measure {
    /// The head of its column.
    pub fn name(self) -> &'static str {
        match self {
            Measure::Minflt => "minor faults",
            Measure::Majflt => "major faults",
            Measure::Calls => "system calls",
            Measure::Rss => "resident",
            Measure::Pss => "proportional",
            Measure::Memory => "memory used",
            Measure::Break => "break",
            Measure::Mapped => "mapped",
            Measure::Tables | Measure::AllTables => "page tables",
            Measure::Swap => "swap",
            Measure::Live => "live blocks",
            Measure::Free => "free blocks",
            Measure::LargestFree => "largest free",
            Measure::Walks => "page walks",
            Measure::WalkReferences => "table references",
            Measure::Processes => "processes",
            Measure::Waited => "waited",
            Measure::Failures => "failures",
            Measure::Killed => "killed",
            Measure::Misses => "misses",
            Measure::HotMisses => "of the hot set",
            Measure::Vmstat(head, _) | Measure::Answer(head, _) => head,
        }
    }

    pub(super) fn unit(self) -> Unit {
        match self {
            Measure::Minflt
            | Measure::Majflt
            | Measure::Calls
            | Measure::Walks
            | Measure::WalkReferences
            | Measure::Processes
            | Measure::Failures
            | Measure::Misses
            | Measure::HotMisses
            | Measure::Vmstat(..)
            | Measure::Answer(..)
            | Measure::Killed => Unit::Count,
            Measure::Waited => Unit::Micros,
            _ => Unit::Bytes,
        }
    }

    /// Whether no log of a scenario shows it: what hardware and the kernel keep to themselves.
    pub(super) fn is_twins_own(self) -> bool {
        matches!(self, Measure::Memory | Measure::Walks | Measure::WalkReferences | Measure::AllTables)
    }

    /// Whether it is told as it is in the end, not as it grew.
    pub(super) fn is_whole(self) -> bool {
        matches!(self, Measure::AllTables | Measure::Free | Measure::LargestFree)
    }

    /// What it is now; none if only a log tells.
    pub(super) fn of_state(self, twin: &Twin) -> Option<i64> {
        let machine = &twin.kernel.machine;
        let mms = || machine.mms.iter().flatten();
        let page = machine.page_size();
        let value = match self {
            Measure::Minflt => machine.ledger.minflt,
            Measure::Majflt | Measure::HotMisses => machine.ledger.majflt,
            Measure::Calls => twin.trace.counts().values().sum(),
            Measure::Rss => mms().map(|mm| mm.stats.rss_pages() * page).sum(),
            Measure::Pss => twin.kernel.pids().map(|pid| pss(twin, pid)).sum::<u64>() >> PSS_SHIFT,
            Measure::Memory => u64::from(machine.phys.used()) * page,
            Measure::Break => mms().map(|mm| mm.brk - mm.start_brk).sum(),
            Measure::Mapped => mms().map(|mm| mm.stats.total_vm_pages * page).sum(),
            Measure::Tables => mms().map(|mm| mm.tables.table_bytes).sum(),
            Measure::AllTables => Report::of_twin(twin).translation.table_bytes,
            Measure::Swap => u64::from(machine.swap.used()) * page,
            Measure::Live => twin.kernel.pids().map(|pid: Pid| live(twin, pid)).sum(),
            Measure::Free => heaps(twin, |heap| heap.free_bytes + heap.cached_bytes),
            Measure::LargestFree => heaps(twin, |heap| heap.largest_free_bytes),
            Measure::Walks => machine.tlb.stats().walks(),
            Measure::WalkReferences => Report::of_twin(twin).tlb.walk_references,
            Measure::Processes => twin.kernel.pids().count() as u64,
            Measure::Waited => machine.psi.full.total_ns / 1000,
            Measure::Vmstat(_, names) => {
                let counters = machine.vmstat().counters();
                counters.iter().filter(|(name, _)| names.contains(name)).map(|(_, value)| value).sum()
            }
            Measure::Answer(..) | Measure::Failures | Measure::Killed | Measure::Misses => return None,
        };
        Some(value as i64)
    }

    /// What the log of the measured lines says.
    pub(super) fn of_log(self, log: &str) -> Figure {
        let mut outcomes = log.lines().filter_map(|line| line.split_once(" -> ")).map(|(_, outcome)| outcome);
        match self {
            Measure::Answer(_, at) => Figure::Text(outcomes.nth(at).map_or("", without_faults).to_owned()),
            Measure::Failures => {
                Figure::Number(outcomes.filter(|outcome| outcome.starts_with("NULL")).count() as i64)
            }
            Measure::Killed => {
                let killed = log.lines().filter_map(|line| line.strip_prefix("  oom-kill "));
                Figure::Text(killed.collect::<Vec<_>>().join(", "))
            }
            _ => Figure::NONE,
        }
    }
}

/// Pss has this many bits behind the point.
const PSS_SHIFT: u32 = 12;

fn pss(twin: &Twin, pid: Pid) -> u64 {
    twin.kernel.smaps_data(pid).iter().flatten().map(|entry| entry.sums.pss).sum()
}

fn live(twin: &Twin, pid: Pid) -> u64 {
    twin.heap(pid).map(Malloc::usage).map_or(0, |usage| usage.live_bytes)
}

fn heaps(twin: &Twin, figure: fn(&HeapSummary) -> u64) -> u64 {
    twin.kernel.pids().filter_map(|pid| twin.heap_summary(pid).ok().flatten()).map(|heap| figure(&heap)).sum()
}

/// An outcome without the faults behind it.
fn without_faults(outcome: &str) -> &str {
    let at = [" minflt=", " majflt="].iter().filter_map(|word| outcome.find(word)).min();
    at.map_or(outcome, |at| &outcome[..at])
}
