//! What can be sampled, by name. A name is the same in commands, CSV heads and traces.

use std::fmt;
use std::str::FromStr;

use memtwin_alloc::Malloc;
use memtwin_kernel::mmu::{FaultCause, Machine};
use memtwin_workload::Twin;

/// A counter of the whole machine: processes are summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Counter {
    /// Minor page faults so far.
    Minflt,
    /// Major page faults so far.
    Majflt,
    /// Page faults of one cause so far.
    Faults(FaultCause),
    /// Resident bytes.
    Rss,
    /// Bytes of frames that are free.
    Free,
    /// Bytes that the programs asked their mallocs for and did not free.
    LiveHeap,
    /// Bytes from the heaps' starts to their breaks.
    Break,
    /// Mapped bytes.
    Mapped,
    /// Bytes in page tables.
    PageTables,
    /// Bytes in swap slots.
    Swap,
}

/// A counter that there is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no counter is called `{0}`; there are {names}", names = Counter::all().map(|c| c.to_string()).collect::<Vec<_>>().join(", "))]
pub struct UnknownCounter(pub String);

impl Counter {
    /// The counters that are sampled where none are chosen.
    pub const DEFAULT: [Counter; 7] = [
        Counter::Minflt,
        Counter::Majflt,
        Counter::Rss,
        Counter::Free,
        Counter::LiveHeap,
        Counter::Break,
        Counter::Swap,
    ];

    /// All of them.
    pub fn all() -> impl Iterator<Item = Counter> {
        let more = [Counter::Mapped, Counter::PageTables];
        Counter::DEFAULT.into_iter().chain(more).chain(FaultCause::ALL.into_iter().map(Counter::Faults))
    }

    /// Its value now; sizes in bytes.
    pub fn value(self, twin: &Twin) -> u64 {
        let machine = &twin.kernel.machine;
        match self {
            Counter::Minflt => machine.ledger.minflt,
            Counter::Majflt => machine.ledger.majflt,
            Counter::Faults(cause) => machine.ledger.by_cause().get(&cause).copied().unwrap_or_default(),
            Counter::Rss => bytes(machine, sum(machine, |mm| mm.stats.rss_pages())),
            Counter::Free => bytes(machine, u64::from(machine.phys.total() - machine.phys.used())),
            Counter::LiveHeap => heaps(twin, |usage| usage.live_bytes),
            Counter::Break => machine.breaks.now(),
            Counter::Mapped => bytes(machine, sum(machine, |mm| mm.stats.total_vm_pages)),
            Counter::PageTables => sum(machine, |mm| mm.tables.table_bytes),
            Counter::Swap => bytes(machine, u64::from(machine.swap.used())),
        }
    }

    /// The highest it ever was, where the machine itself keeps that: a peak within a call is in it. What is kept for each process alone is
    /// the machine's only with one process. With several, to look after each call misses nothing: what lives in a heap changes once
    /// a call, and what is mapped goes one way in it (what moves does not count twice, as in Linux's `hiwater_vm`).
    pub(super) fn peak(self, twin: &Twin) -> Option<u64> {
        let machine = &twin.kernel.machine;
        match self {
            Counter::Free => return Some(bytes(machine, machine.phys.free_extremes().1.into())),
            Counter::Break => return Some(machine.breaks.high()),
            Counter::Swap => return Some(bytes(machine, machine.swap.most_used().into())),
            Counter::Rss => return Some(bytes(machine, machine.rss.high())),
            Counter::PageTables => return Some(machine.phys.table_bytes.high()),
            _ => {}
        }
        let mut alive = machine.mms.iter().flatten();
        let (Some(mm), None) = (alive.next(), alive.next()) else { return None };
        match self {
            Counter::Mapped => Some(bytes(machine, mm.stats.peak_vm_pages)),
            Counter::LiveHeap => Some(heaps(twin, |usage| usage.peak_live_bytes)),
            _ => None,
        }
    }

    /// The lowest that free memory ever was, in bytes, in calls as well as after them.
    pub(super) fn low_free(twin: &Twin) -> u64 {
        let machine = &twin.kernel.machine;
        bytes(machine, machine.phys.free_extremes().0.into())
    }
}

fn bytes(machine: &Machine, pages: u64) -> u64 {
    pages * machine.page_size()
}

fn sum(machine: &Machine, of: impl Fn(&memtwin_kernel::mmu::Mm) -> u64) -> u64 {
    machine.mms.iter().flatten().map(of).sum()
}

fn heaps(twin: &Twin, of: impl Fn(&memtwin_alloc::Usage) -> u64) -> u64 {
    let usage = |pid| twin.heap(pid).map(Malloc::usage).map_or(0, |usage| of(&usage));
    twin.kernel.pids().map(usage).sum()
}

impl fmt::Display for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Counter::Minflt => "minflt",
            Counter::Majflt => "majflt",
            Counter::Faults(cause) => return write!(f, "{cause:?}"),
            Counter::Rss => "rss",
            Counter::Free => "free",
            Counter::LiveHeap => "live",
            Counter::Break => "break",
            Counter::Mapped => "mapped",
            Counter::PageTables => "tables",
            Counter::Swap => "swap",
        };
        f.write_str(name)
    }
}

impl FromStr for Counter {
    type Err = UnknownCounter;

    fn from_str(name: &str) -> Result<Counter, UnknownCounter> {
        Counter::all()
            .find(|counter| counter.to_string().eq_ignore_ascii_case(name))
            .ok_or_else(|| UnknownCounter(name.to_owned()))
    }
}
