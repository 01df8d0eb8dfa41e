//! TLBs of real processors, as their manuals have them.
//!
//! No manual says which entry is replaced; all presets take the least recently used one. Intel does not document the sizes of its
//! paging-structure caches, so its presets have none; `machine(walk_caches=…)` adds some.
//!
//! Checked against what others quote of these manuals: Skylake's table (2-15 of 248966-045), Golden Cove's first level, Zen 2's sizes.
//! The rest, and the numbers of sections, are from memory of the manuals.

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
        source: "Intel 64 and IA-32 Architectures Optimization Reference Manual (248966), \"Skylake Server Microarchitecture\" and \
             \"Skylake Client Microarchitecture\", TLB parameters",
        config: SKYLAKE_SERVER,
    },
    TlbPreset {
        name: "ice-lake",
        source: "Intel 64 and IA-32 Architectures Optimization Reference Manual (248966), \"Ice Lake Client Microarchitecture\", TLB \
             parameters; the 16 entries for stores alone are left out",
        config: ICE_LAKE,
    },
    TlbPreset {
        name: "golden-cove",
        source: "Intel 64 and IA-32 Architectures Optimization Reference Manual (248966), \"Golden Cove Microarchitecture\" (96 entries \
             for loads, 256 for fetches, 2,048 in the second level); the 16 entries for stores alone are left out",
        config: GOLDEN_COVE,
    },
    TlbPreset {
        name: "zen2",
        source: "Software Optimization Guide for AMD EPYC 7002 Series Processors (56305), 2.7; PDEs in the second level's ways are left \
             out",
        config: ZEN2,
    },
    TlbPreset {
        name: "zen3",
        source: "Software Optimization Guide for AMD Family 19h Processors (56665), 2.7; PDEs in the second level's ways are left out",
        config: ZEN2,
    },
    TlbPreset {
        name: "zen4",
        source: "Software Optimization Guide for the AMD Zen4 Microarchitecture (57647), 2.7; PDEs in the second level's ways are left \
             out",
        config: ZEN4,
    },
    TlbPreset {
        name: "cortex-a72",
        source: "Arm Cortex-A72 MPCore Processor Technical Reference Manual (100095), 5.2; the first level keeps 1 MiB of a larger block, \
             here base pages of it",
        config: CORTEX_A72,
    },
];

/// 64 entries that cache entries above the lowest two levels, by the guides' \"page directory cache\".
const AMD_WALK_CACHES: [Option<TlbGeometry>; 4] = [None, Some(full(64)), Some(full(64)), None];

const SKYLAKE_SERVER: TlbConfig = TlbConfig {
    data: TlbLevel { small: sets(64, 4), large: Own(sets(32, 4)), huge: Own(full(4)) },
    code: Some(TlbLevel { small: sets(128, 8), large: Own(full(8)), huge: Pieces }),
    l2: TlbLevel { small: sets(1536, 12), large: WithSmall, huge: Own(sets(16, 4)) },
    l2_code: None,
    walk: NO_WALK_CACHES,
};

const ICE_LAKE: TlbConfig = TlbConfig {
    data: TlbLevel { small: sets(64, 4), large: Own(sets(32, 4)), huge: Own(full(8)) },
    code: Some(TlbLevel { small: sets(128, 8), large: Own(full(16)), huge: Pieces }),
    l2: TlbLevel { small: sets(2048, 16), large: WithSmall, huge: Own(sets(1024, 8)) },
    l2_code: None,
    walk: NO_WALK_CACHES,
};

const GOLDEN_COVE: TlbConfig = TlbConfig {
    data: TlbLevel { small: sets(96, 6), large: Own(sets(32, 4)), huge: Own(full(8)) },
    code: Some(TlbLevel { small: sets(256, 8), large: Own(sets(32, 4)), huge: Pieces }),
    l2: TlbLevel { small: sets(2048, 16), large: WithSmall, huge: Own(sets(1024, 8)) },
    l2_code: None,
    walk: NO_WALK_CACHES,
};

const ZEN2: TlbConfig = TlbConfig {
    data: TlbLevel { small: full(64), large: WithSmall, huge: WithSmall },
    code: Some(TlbLevel { small: full(64), large: WithSmall, huge: WithSmall }),
    l2: TlbLevel { small: sets(2048, 16), large: WithSmall, huge: Pieces },
    l2_code: Some(TlbLevel { small: sets(512, 8), large: WithSmall, huge: Pieces }),
    walk: AMD_WALK_CACHES,
};

const ZEN4: TlbConfig = TlbConfig {
    data: TlbLevel { small: full(72), large: WithSmall, huge: WithSmall },
    l2: TlbLevel { small: sets(3072, 24), large: WithSmall, huge: Pieces },
    ..ZEN2
};

const CORTEX_A72: TlbConfig = TlbConfig {
    data: TlbLevel { small: full(32), large: Pieces, huge: Pieces },
    code: Some(TlbLevel { small: full(48), large: Pieces, huge: Pieces }),
    l2: TlbLevel { small: sets(1024, 4), large: WithSmall, huge: WithSmall },
    l2_code: None,
    walk: NO_WALK_CACHES,
};
