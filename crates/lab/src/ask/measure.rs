//! What is counted in an experiment.

use memtwin_alloc::Malloc;
use memtwin_kernel::Pid;
use memtwin_workload::Twin;

use crate::place::size;

/// A figure of an experiment: how much it grew during the measured lines.
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
    /// Frames in use, as bytes.
    Memory,
    /// Bytes between the heap's start and the break.
    Break,
    /// Mapped bytes.
    Mapped,
    /// Bytes in page tables.
    Tables,
    /// Bytes in swap.
    Swap,
    /// Bytes that the program has of its malloc.
    Live,
    /// Page walks.
    Walks,
    /// Processes.
    Processes,
}

impl Measure {
    /// The head of its column.
    pub fn name(self) -> &'static str {
        match self {
            Measure::Minflt => "minor faults",
            Measure::Majflt => "major faults",
            Measure::Calls => "system calls",
            Measure::Rss => "resident",
            Measure::Memory => "memory used",
            Measure::Break => "break",
            Measure::Mapped => "mapped",
            Measure::Tables => "page tables",
            Measure::Swap => "swap",
            Measure::Live => "live blocks",
            Measure::Walks => "page walks",
            Measure::Processes => "processes",
        }
    }

    pub(super) fn value(self, twin: &Twin) -> i64 {
        let machine = &twin.kernel.machine;
        let mms = || machine.mms.iter().flatten();
        let page = machine.page_size();
        let value = match self {
            Measure::Minflt => machine.ledger.minflt,
            Measure::Majflt => machine.ledger.majflt,
            Measure::Calls => twin.trace.counts().values().sum(),
            Measure::Rss => mms().map(|mm| mm.stats.rss_pages() * page).sum(),
            Measure::Memory => u64::from(machine.phys.used()) * page,
            Measure::Break => mms().map(|mm| mm.brk - mm.start_brk).sum(),
            Measure::Mapped => mms().map(|mm| mm.stats.total_vm_pages * page).sum(),
            Measure::Tables => mms().map(|mm| mm.tables.table_bytes).sum(),
            Measure::Swap => u64::from(machine.swap.used()) * page,
            Measure::Live => twin.kernel.pids().map(|pid: Pid| live(twin, pid)).sum(),
            Measure::Walks => machine.tlb.stats().walks(),
            Measure::Processes => twin.kernel.pids().count() as u64,
        };
        value as i64
    }

    /// A growth for people: bytes as `132K`.
    pub(super) fn shown(self, growth: i64) -> String {
        let counted = matches!(
            self,
            Measure::Minflt | Measure::Majflt | Measure::Calls | Measure::Walks | Measure::Processes
        );
        let sign = if growth < 0 { "-" } else { "" };
        let magnitude = growth.unsigned_abs();
        if counted { format!("{sign}{magnitude}") } else { format!("{sign}{}", size(magnitude)) }
    }
}

fn live(twin: &Twin, pid: Pid) -> u64 {
    twin.heap(pid).map(Malloc::usage).map_or(0, |usage| usage.live_bytes)
}
