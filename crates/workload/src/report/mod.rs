//! What a run came to: its page faults by cause, owner and call, its system calls, heap, memory and TLB.
//!
//! [`Report`] is the data, for `--json` and for tests; [`sections`](Report::sections) the same as titled rows for people.

mod figures;
mod pages;
mod sections;
mod segments;
mod time;
mod translation;

use std::collections::BTreeMap;

use serde::Serialize;

pub use figures::{HeapFigures, MemoryFigures, TlbFigures};
pub use pages::PageFigures;
pub use sections::Section;
pub use segments::{SegmentFigures, SegmentMemory};
pub(crate) use translation::table_bytes;
pub use translation::{HashedFigures, TranslationFigures};

use memtwin_kernel::Pid;
use memtwin_kernel::mmu::cost::{CostModel, Counts, ModelledTime};

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
    /// How addresses were translated.
    pub translation: TranslationFigures,
    /// Memory by page size.
    pub pages: PageFigures,
    /// The time it would take.
    pub time: ModelledTime,
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
    /// By the kind of mapping they hit.
    pub by_mapping: BTreeMap<String, u64>,
}

impl Report {
    /// The figures of a run as it stands.
    pub fn of(runner: &Runner) -> Report {
        let Some(twin) = runner.twin() else { return Report::default() };
        let mut report = Report::of_twin(twin);
        report.translation = TranslationFigures::of(&twin.kernel.machine, runner.peak_table_bytes());
        report
    }

    /// The same, with the time by another cost model than the default one.
    #[must_use]
    pub fn timed(mut self, runner: &Runner, model: &CostModel) -> Report {
        if let Some(twin) = runner.twin() {
            self.time = model.time(&Counts::of(&twin.kernel.machine, &self.syscalls));
        }
        self
    }

    /// The figures of a machine as it stands.
    pub fn of_twin(twin: &Twin) -> Report {
        let ledger = &twin.kernel.machine.ledger;
        let faults = Faults {
            minflt: ledger.minflt,
            majflt: ledger.majflt,
            by_cause: named(&ledger.by_cause()),
            by_owner: named(&ledger.by_owner()),
            by_call: ledger.by_call().iter().map(|(call, count)| (named_call(call), *count)).collect(),
            by_mapping: named(&ledger.by_mapping()),
        };
        let syscalls: BTreeMap<String, u64> =
            twin.trace.counts().iter().map(|(call, count)| (call.to_string(), *count)).collect();
        let tlb = TlbFigures::of(&twin.kernel.machine);
        let pages = PageFigures::of(&twin.kernel.machine);
        let time = CostModel::default().time(&Counts::of(&twin.kernel.machine, &syscalls));
        let translation = TranslationFigures::of(&twin.kernel.machine, 0);
        let mut report = Report { faults, syscalls, tlb, translation, pages, time, ..Report::default() };
        for pid in twin.kernel.pids() {
            report.add_process(twin, pid);
        }
        report
    }

    fn add_process(&mut self, twin: &Twin, pid: Pid) {
        self.heap.add(twin, pid);
        self.memory.add(twin, pid);
    }

    /// As JSON, indented.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

/// A call's name; a program that is no scenario accesses memory outside of any.
fn named_call(call: &str) -> String {
    if call.is_empty() { "no call".to_owned() } else { call.to_owned() }
}

/// Counts by the variants' names.
fn named<K: std::fmt::Debug>(counts: &BTreeMap<K, u64>) -> BTreeMap<String, u64> {
    counts.iter().map(|(key, count)| (format!("{key:?}"), *count)).collect()
}
