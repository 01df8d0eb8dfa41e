//! The sizes of a TLB.

use super::order::MAX_WAYS;
use serde::{Deserialize, Serialize};

/// Entries and associativity of one array of a TLB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlbGeometry {
    /// Entries in all. The number of sets, entries divided by ways, is rounded down to a power of two.
    pub entries: u32,
    /// Entries in a set, at most 16; the least recently used one is replaced.
    pub ways: u32,
}

impl TlbGeometry {
    /// So many entries in sets of so many ways.
    pub const fn new(entries: u32, ways: u32) -> TlbGeometry {
        TlbGeometry { entries, ways }
    }

    /// Ways of a set, at least 1.
    pub(super) fn ways(self) -> u32 {
        self.ways.min(self.entries).clamp(1, MAX_WAYS)
    }

    /// Sets, at least 1, a power of two.
    pub(super) fn sets(self) -> usize {
        1 << (self.entries / self.ways()).max(1).ilog2()
    }
}

/// A two-level TLB: a first level split by page size and a second that both sizes share.
///
/// The default is Intel's Skylake server core (Intel 64 and IA-32 Architectures Optimization Reference Manual, "Skylake
/// Server Microarchitecture", table of TLB parameters): a data TLB of 64 entries for 4 KiB and of 32 for 2 MiB pages, four
/// ways each, and a shared second level of 1,536 entries in twelve ways. Differs from hardware: fetches share the data TLB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlbConfig {
    /// First level, base pages.
    pub l1_small: TlbGeometry,
    /// First level, large pages.
    pub l1_large: TlbGeometry,
    /// Second level, both.
    pub l2: TlbGeometry,
}

impl Default for TlbConfig {
    fn default() -> TlbConfig {
        TlbConfig {
            l1_small: TlbGeometry::new(64, 4),
            l1_large: TlbGeometry::new(32, 4),
            l2: TlbGeometry::new(1536, 12),
        }
    }
}
