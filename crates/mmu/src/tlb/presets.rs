//! TLBs of real processors, as CPUID on them, their manuals or those who quote these have them.
//!
//! No source says which entry is replaced; all presets take the least recently used one. None says how large the paging-structure caches
//! are (AMD's second level holds page-directory entries, too, in ways of their own), so there are none; `machine(walk_caches=…)` adds
//! some. CPUID gives the ways of each page size in AMD's skewed second level; all of its ways together, in 128 sets, are its entries.

use super::config::Home::{Own, Pieces, WithSmall};
use super::config::{TlbConfig, TlbGeometry, TlbLevel, TlbPreset};

const NO_WALK_CACHES: [Option<TlbGeometry>; 4] = [None; 4];

const fn sets(entries: u32, ways: u32) -> TlbGeometry {
    TlbGeometry::new(entries, ways)
}

const fn full(entries: u32) -> TlbGeometry {
    TlbGeometry::full(entries)
}

pub(super) const PRESETS: &[TlbPreset] = &[
    TlbPreset {
        name: "skylake-server",
        source: "Intel 64 and IA-32 Architectures Optimization Reference Manual (248966-045), table 2-15, as quoted in Intel's community \
             forum, \"TLB information provided by cpuid doesn't make sense to me\"",
        config: SKYLAKE_SERVER,
    },
    TlbPreset {
        name: "ice-lake",
        source: "CPUID leaf 18h of a Core i7-1068NG7, in Bochs (cpudb/intel/corei7_icelake-u.cc) and in \
             github.com/urd00m/System-Projects (i7_writeup.md); it does not tell of fetches from base pages, which are Skylake's; the 16 \
             entries for stores alone are left out",
        config: ICE_LAKE,
    },
    TlbPreset {
        name: "golden-cove",
        source: "CPUID leaf 18h of a Xeon w9-3475X, in Bochs (cpudb/intel/sapphire_rapids.cc); the 96 entries for loads from \
             base pages (CPUID: 64 of 4 ways) from Hennessy and Patterson, \"Computer Architecture\", 7th edition, chapter 2, Core i9-12900; \
             the 16 entries for stores alone are left out",
        config: GOLDEN_COVE,
    },
    TlbPreset {
        name: "zen2",
        source: "CPUID leaves 80000005h, 80000006h and 80000019h of a Ryzen 5 3600X, in github.com/gz/rust-cpuid \
             (src/tests/ryzen_matisse.rs); 1 GiB pages smashed into 2 MiB in the second level: en.wikichip.org, \"Zen 2\"",
        config: ZEN2,
    },
    TlbPreset {
        name: "zen3",
        source: "the same leaves of a Ryzen 9 5950X, in a report to the Linux kernel's mailing list (\"CPUID 80000006:00 = 48002200 \
             68004200\", 80000019: f040f040 f0400000)",
        config: ZEN3,
    },
    TlbPreset {
        name: "zen4",
        source: "the same leaves of a Ryzen 9 7940HS, in a report by Christian Lamparter to the Linux kernel's mailing list (\"0x80000005: \
             ff48ff40 ff48ff40, 0x80000006: 5c002200 6c004200\"); for 1 GiB pages as Zen 3",
        config: ZEN4,
    },
    TlbPreset {
        name: "cortex-a72",
        source: "Arm Cortex-A72 MPCore Processor Technical Reference Manual (100095_0002_04), 5.2.1 to 5.2.3; the first level keeps \
             1 MiB of a larger block, here base pages of it",
        config: CORTEX_A72,
    },
];

const SKYLAKE_SERVER: TlbConfig = TlbConfig {
    data: TlbLevel { small: sets(64, 4), large: Own(sets(32, 4)), huge: Own(full(4)) },
    code: Some(TlbLevel { small: sets(128, 8), large: Own(full(8)), huge: Pieces }),
    l2: TlbLevel { small: sets(1536, 12), large: WithSmall, huge: Own(sets(16, 4)) },
    l2_code: None,
    walk: NO_WALK_CACHES,
};

/// The second level is two arrays of 1024 entries: base and large pages in one, base and huge pages in the other. Here base pages have
/// both, and the others each one of their own.
const ICE_LAKE_L2: TlbLevel =
    TlbLevel { small: sets(2048, 16), large: Own(sets(1024, 8)), huge: Own(sets(1024, 8)) };

const ICE_LAKE: TlbConfig = TlbConfig {
    data: TlbLevel { small: sets(64, 4), large: Own(sets(32, 4)), huge: Own(full(8)) },
    code: Some(TlbLevel { small: sets(128, 8), large: Own(full(8)), huge: Pieces }),
    l2: ICE_LAKE_L2,
    l2_code: None,
    walk: NO_WALK_CACHES,
};

const GOLDEN_COVE: TlbConfig = TlbConfig {
    data: TlbLevel { small: sets(96, 6), large: Own(sets(32, 4)), huge: Own(full(8)) },
    code: Some(TlbLevel { small: sets(256, 8), large: Own(sets(32, 8)), huge: Pieces }),
    l2: ICE_LAKE_L2,
    l2_code: None,
    walk: NO_WALK_CACHES,
};

const ZEN2: TlbConfig = TlbConfig {
    data: TlbLevel { small: full(64), large: WithSmall, huge: WithSmall },
    code: Some(TlbLevel { small: full(64), large: WithSmall, huge: WithSmall }),
    l2: TlbLevel { small: sets(2048, 16), large: WithSmall, huge: Pieces },
    l2_code: Some(TlbLevel { small: sets(1024, 8), large: WithSmall, huge: Pieces }),
    walk: NO_WALK_CACHES,
};

const ZEN3: TlbConfig = TlbConfig {
    l2: TlbLevel { small: sets(2048, 16), large: WithSmall, huge: Own(full(64)) },
    l2_code: Some(TlbLevel { small: sets(512, 4), large: WithSmall, huge: Pieces }),
    ..ZEN2
};

const ZEN4: TlbConfig = TlbConfig {
    data: TlbLevel { small: full(72), large: WithSmall, huge: WithSmall },
    l2: TlbLevel { small: sets(3072, 24), large: WithSmall, huge: Own(full(64)) },
    ..ZEN3
};

const CORTEX_A72: TlbConfig = TlbConfig {
    data: TlbLevel { small: full(32), large: Pieces, huge: Pieces },
    code: Some(TlbLevel { small: full(48), large: Pieces, huge: Pieces }),
    l2: TlbLevel { small: sets(1024, 4), large: WithSmall, huge: WithSmall },
    l2_code: None,
    walk: NO_WALK_CACHES,
};
