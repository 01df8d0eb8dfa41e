//! The counts that a time is made of, all of them exact.

use crate::phys::host::PIECE_BYTES;
use crate::swap::{SwapDevice, Transfers};
use crate::{FaultCause, Machine};
use std::collections::BTreeMap;

/// System calls by name.
pub type CallCounts = BTreeMap<String, u64>;

/// What happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Loads, stores and fetches.
    pub accesses: u64,
    /// Of these, found in the second level of the TLB.
    pub l2_hits: u64,
    /// References to the last entry of a page walk.
    pub leaf_references: u64,
    /// References to the entries above it.
    pub upper_references: u64,
    /// Bytes in page tables now.
    pub table_bytes: u64,
    /// Flushes of single pages.
    pub page_flushes: u64,
    /// Flushes of address spaces.
    pub space_flushes: u64,
    /// Flushes that another processor was asked for.
    pub shootdowns: u64,
    /// Loads of another address space.
    pub switches: u64,
    /// Faults by cause.
    pub faults: BTreeMap<FaultCause, u64>,
    /// Pages zeroed by faults.
    pub zeroed_pages: u64,
    /// Pages copied by faults.
    pub copied_pages: u64,
    /// Pages of files read by faults that waited for them.
    pub file_reads: u64,
    /// Pages read from and written to swap, by what it is on.
    pub swap: BTreeMap<SwapDevice, Transfers>,
    /// System calls by name.
    pub calls: CallCounts,
}

impl Counts {
    /// What happened on a machine, with the system calls that its processes made.
    pub fn of(machine: &Machine, calls: &CallCounts) -> Counts {
        let mut counts = Counts { calls: calls.clone(), ..Counts::default() };
        counts.add_translation(machine);
        counts.add_faults(machine);
        counts.swap.clone_from(machine.swap.devices.transfers());
        counts
    }

    fn add_translation(&mut self, machine: &Machine) {
        let stats = machine.tlb_stats();
        self.accesses = stats.accesses;
        self.l2_hits = stats.l2_hits();
        self.leaf_references = stats.walks();
        self.upper_references = machine.walk_references().saturating_sub(stats.walks());
        let loads = machine.segments().map_or(0, |segments| segments.stats.loads);
        self.upper_references += loads;
        self.page_flushes = stats.page_flushes;
        self.space_flushes = stats.asid_flushes;
        (self.shootdowns, self.switches) = (stats.shootdowns, stats.switches);
        let page = machine.page_size();
        self.table_bytes = machine.mms.iter().flatten().map(|mm| mm.tables.table_bytes + page).sum();
    }

    /// What stands in the place of a tree of pages: a refill of a hashed table is a fault that finds its page there; segments in physical
    /// memory are zeroed and copied, and no access faults for want of a page.
    fn add_other_schemes(&mut self, machine: &Machine) {
        if let Some(hashed) = machine.hashed() {
            let refills = hashed.stats.refills + hashed.stats.updates + hashed.stats.chain_walks;
            *self.faults.entry(FaultCause::Spurious).or_default() += refills;
        }
        if let Some((placing, _)) = machine.segments().and_then(|segments| segments.placing()) {
            let pieces = |bytes: u64| bytes.div_ceil(PIECE_BYTES as u64);
            (self.l2_hits, self.leaf_references) = (0, 0);
            (self.page_flushes, self.space_flushes) = (0, 0);
            self.faults.clear();
            self.zeroed_pages = pieces(placing.new_bytes);
            self.copied_pages = pieces(placing.moved_bytes + placing.compacted_bytes + placing.forked_bytes);
        }
    }

    fn add_faults(&mut self, machine: &Machine) {
        self.faults = machine.ledger.by_cause();
        let of = |cause| self.faults.get(&cause).copied().unwrap_or(0);
        let huge = 1 << machine.config.format.index_bits;
        self.zeroed_pages = of(FaultCause::AnonWrite)
            + of(FaultCause::ZeroToFrame)
            + of(FaultCause::ShmemNew)
            + huge * of(FaultCause::HugeAnon);
        self.copied_pages = of(FaultCause::CowCopy) + of(FaultCause::FileCow) + of(FaultCause::HugeCow);
        let (zeroed, copied) = machine.hugetlb_work_pages();
        self.zeroed_pages += zeroed;
        self.copied_pages += copied;
        self.file_reads = of(FaultCause::FileRead);
        let scale = page_pieces(machine);
        (self.zeroed_pages, self.copied_pages) = (self.zeroed_pages * scale, self.copied_pages * scale);
        self.add_other_schemes(machine);
    }
}

/// Pieces of 4 KiB, which costs of zeroing and copying are for, in a page.
fn page_pieces(machine: &Machine) -> u64 {
    machine.page_size() / PIECE_BYTES as u64
}
