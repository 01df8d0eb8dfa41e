//! Cost models that come with the twin.
//!
//! One was measured by `memtwin calibrate`; the others take the caches and the TLB from a manual, and the kernel's costs, which
//! no manual has, from the measured one with half of each as its spread.

use super::{Cost, CostModel};

type Figures = &'static [(&'static str, f64, f64)];

/// A processor by its manual.
struct Processor {
    name: &'static str,
    source: &'static str,
    ghz: f64,
    /// Name, cycles, spread in cycles.
    cycles: Figures,
}

const MEASURED: &str = "epyc-zen4-kvm";
const MEASURED_SOURCE: &str = "memtwin calibrate on AMD EPYC (family 25, model 17), KVM, Linux 6.18.44, 2026-11-28, with \
     other work on the host; flush.page, flush.space, shootdown and swap are assumed, within a factor of two";
const MEASURED_GHZ: f64 = 2.6;

/// Nanoseconds and spread.
const MEASURED_NS: Figures = &[
    ("access", 1.36, 0.01),
    ("tlb.l2_hit", 1.90, 0.05),
    ("walk.l1", 1.36, 0.01),
    ("walk.l2", 4.72, 0.10),
    ("walk.l3", 134.0, 67.0),
    ("walk.memory", 201.0, 67.0),
    ("flush.page", 200.0, 100.0),
    ("flush.space", 200.0, 100.0),
    ("shootdown", 2000.0, 1000.0),
    ("switch", 2505.0, 600.0),
    ("fault", 786.6, 7.9),
    ("fault.ZeroPage", 786.6, 7.9),
    ("fault.ZeroToFrame", 1121.7, 359.0),
    ("fault.AnonWrite", 758.0, 348.0),
    ("fault.CowCopy", 923.6, 510.0),
    ("fault.CowReuse", 894.4, 265.0),
    ("fault.ShmemNew", 2028.0, 600.0),
    ("fault.ShmemMap", 1156.0, 148.0),
    ("fault.FileMap", 2712.8, 130.0),
    ("fault.FileCow", 1092.6, 316.0),
    ("fault.WriteNotify", 2179.5, 300.0),
    ("zero.page", 148.8, 36.8),
    ("copy.page", 278.1, 57.6),
    ("call", 164.6, 0.1),
    ("call.mmap", 1267.7, 53.5),
    ("call.munmap", 2415.1, 172.9),
    ("call.mprotect", 1687.3, 539.6),
    ("call.madvise", 566.6, 12.3),
    ("call.brk", 1794.2, 1084.4),
    ("io.file_read", 158_600.0, 105_000.0),
    ("io.zram_read", 3000.0, 1500.0),
    ("io.zram_write", 6000.0, 3000.0),
    ("io.ssd_read", 90_000.0, 45_000.0),
    ("io.ssd_write", 30_000.0, 15_000.0),
    ("io.disk_read", 8_000_000.0, 4_000_000.0),
    ("io.disk_write", 8_000_000.0, 4_000_000.0),
];

const PROCESSORS: &[Processor] = &[
    Processor {
        name: "skylake-server",
        source: "Intel 64 and IA-32 Architectures Optimization Reference Manual, \"Skylake Server Microarchitecture\", cache \
                 parameters (4, 14 and 50 to 70 cycles), and \"Sandy Bridge\", DTLB (7 cycles); memory is assumed, and the \
                 kernel's costs are those of epyc-zen4-kvm give or take half",
        ghz: 2.5,
        cycles: &[
            ("access", 4.0, 1.0),
            ("tlb.l2_hit", 7.0, 1.0),
            ("walk.l1", 4.0, 1.0),
            ("walk.l2", 14.0, 1.0),
            ("walk.l3", 60.0, 10.0),
            ("walk.memory", 225.0, 75.0),
        ],
    },
    Processor {
        name: "zen4",
        source: "Software Optimization Guide for the AMD Zen4 Microarchitecture (57647), 2.6.3 (4 or 5, 14 and 50 cycles); the \
                 second-level TLB and memory are assumed, and the kernel's costs are those of epyc-zen4-kvm give or take half",
        ghz: 3.7,
        cycles: &[
            ("access", 4.0, 1.0),
            ("tlb.l2_hit", 7.0, 2.0),
            ("walk.l1", 4.0, 1.0),
            ("walk.l2", 14.0, 1.0),
            ("walk.l3", 50.0, 10.0),
            ("walk.memory", 330.0, 110.0),
        ],
    },
    Processor {
        name: "cortex-a72",
        source: "Cortex-A72 Software Optimization Guide (UAN 0016), load latency of 4 cycles; the second-level TLB, the caches behind \
                 and memory are assumed, and the kernel's costs are those of epyc-zen4-kvm give or take half",
        ghz: 1.8,
        cycles: &[
            ("access", 4.0, 0.0),
            ("tlb.l2_hit", 6.0, 3.0),
            ("walk.l1", 4.0, 1.0),
            ("walk.l2", 15.0, 5.0),
            ("walk.l3", 15.0, 5.0),
            ("walk.memory", 230.0, 80.0),
        ],
    },
];

/// The names of all presets, the default one first.
pub fn preset_names() -> impl Iterator<Item = &'static str> {
    std::iter::once(MEASURED).chain(PROCESSORS.iter().map(|processor| processor.name))
}

pub(super) fn preset(name: &str) -> Option<CostModel> {
    if name == MEASURED {
        return Some(measured());
    }
    PROCESSORS.iter().find(|processor| processor.name == name).map(by_manual)
}

pub(super) fn measured() -> CostModel {
    let mut model = CostModel::new(MEASURED, MEASURED_SOURCE, MEASURED_GHZ);
    for (name, ns, spread) in MEASURED_NS {
        model.costs.insert((*name).to_owned(), Cost::new(*ns, *spread));
    }
    model
}

fn by_manual(processor: &Processor) -> CostModel {
    let mut model = CostModel::new(processor.name, processor.source, processor.ghz);
    for (name, cost) in measured().costs() {
        model.costs.insert(name.to_owned(), Cost::new(cost.ns, cost.spread_ns.max(cost.ns / 2.0)));
    }
    for (name, cycles, spread) in processor.cycles {
        let cost = Cost::new(cycles / processor.ghz, spread / processor.ghz);
        model.costs.insert((*name).to_owned(), cost);
    }
    model
}
