//! Cost models that come with the twin.
//!
//! Two were measured by `memtwin calibrate`; the others take the caches and the TLB from a manual, and the kernel's costs, which
//! no manual has, from the first of these with half of each as its spread.

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

/// A machine that `memtwin calibrate` measured.
struct Measured {
    name: &'static str,
    source: &'static str,
    ghz: f64,
    /// Name, nanoseconds, spread in nanoseconds.
    ns: Figures,
}

/// The default one. Of fifteen runs the calmest; a spread is that run's, or half of what the fifteen differed by where that is more.
const XEON: Measured = Measured {
    name: "xeon-kvm",
    source: "memtwin calibrate on Intel Xeon (family 6, model 167), KVM, Linux 6.18.44, 2026-11-28, the calmest of fifteen runs at high \
             priority beside a load of 10 on two processors; flush.space, shootdown and swap are assumed, within a factor of two",
    ghz: 2.6,
    ns: XEON_NS,
};

/// The machine that was the default before.
const EPYC: Measured = Measured {
    name: "epyc-zen4-kvm",
    source: "memtwin calibrate on AMD EPYC (family 25, model 17), KVM, Linux 6.18.44, 2026-11-28, one run with other work on the \
             host; flush.page, flush.space, shootdown and swap are assumed, within a factor of two",
    ghz: 2.6,
    ns: EPYC_NS,
};

const XEON_NS: Figures = &[
    ("access", 1.23, 0.02),
    ("tlb.l2_hit", 1.71, 0.02),
    ("walk.l1", 1.23, 0.02),
    ("walk.l2", 3.93, 0.05),
    ("walk.l3", 43.6, 42.1),
    ("walk.memory", 169.4, 11.8),
    ("flush.page", 271.5, 290.3),
    ("flush.space", 200.0, 100.0),
    ("shootdown", 2000.0, 1000.0),
    ("switch", 1335.7, 249.2),
    ("fault", 429.1, 29.1),
    ("fault.ZeroPage", 429.1, 29.1),
    ("fault.ZeroToFrame", 1162.8, 86.7),
    ("fault.AnonWrite", 510.2, 45.1),
    ("fault.HugeAnon", 614.0, 2732.0),
    ("fault.CowCopy", 1367.5, 484.6),
    ("fault.CowReuse", 496.1, 125.4),
    ("fault.ShmemNew", 721.9, 76.6),
    ("fault.ShmemMap", 528.6, 45.3),
    ("fault.FileMap", 1307.8, 164.3),
    ("fault.FileCow", 2099.1, 197.0),
    ("fault.WriteNotify", 1423.4, 1107.1),
    ("zero.page", 137.5, 20.2),
    ("copy.page", 536.3, 21.2),
    ("call", 75.5, 5.55),
    ("call.mmap", 406.6, 30.1),
    ("call.munmap", 868.1, 75.7),
    ("call.mprotect", 522.9, 50.7),
    ("call.madvise", 163.2, 14.0),
    ("call.brk", 576.0, 35.1),
    ("io.file_read", 118_821.9, 66_528.0),
    ("io.zram_read", 3000.0, 1500.0),
    ("io.zram_write", 6000.0, 3000.0),
    ("io.ssd_read", 90_000.0, 45_000.0),
    ("io.ssd_write", 30_000.0, 15_000.0),
    ("io.disk_read", 8_000_000.0, 4_000_000.0),
    ("io.disk_write", 8_000_000.0, 4_000_000.0),
];

const EPYC_NS: Figures = &[
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
                 kernel's costs are those of xeon-kvm give or take half",
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
                 second-level TLB and memory are assumed, and the kernel's costs are those of xeon-kvm give or take half",
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
                 and memory are assumed, and the kernel's costs are those of xeon-kvm give or take half",
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
    [XEON.name, EPYC.name].into_iter().chain(PROCESSORS.iter().map(|processor| processor.name))
}

pub(super) fn preset(name: &str) -> Option<CostModel> {
    match [XEON, EPYC].iter().find(|measured| measured.name == name) {
        Some(measured) => Some(measured.model()),
        None => PROCESSORS.iter().find(|processor| processor.name == name).map(by_manual),
    }
}

pub(super) fn measured() -> CostModel {
    XEON.model()
}

impl Measured {
    fn model(&self) -> CostModel {
        let mut model = CostModel::new(self.name, self.source, self.ghz);
        for (name, ns, spread) in self.ns {
            model.costs.insert((*name).to_owned(), Cost::new(*ns, *spread));
        }
        model
    }
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
