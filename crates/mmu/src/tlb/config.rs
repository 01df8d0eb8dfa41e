//! What a processor's TLB consists of: arrays by level, by page size and by kind of access, and the caches of its page walks.

use super::presets;
use serde::{Deserialize, Serialize};

/// Which entry of a full set goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Replacement {
    /// The least recently used one.
    #[default]
    Lru,
    /// The one that a tree of bits points to: each use turns the bits on its way to the other side.
    TreePlru,
    /// The one that came first.
    Fifo,
    /// Any, by the machine's seed.
    Random,
}

impl Replacement {
    /// All of them, with their names in `machine(…)`.
    pub const NAMED: [(&'static str, Replacement); 4] = [
        ("lru", Replacement::Lru),
        ("plru", Replacement::TreePlru),
        ("fifo", Replacement::Fifo),
        ("random", Replacement::Random),
    ];
}

/// The most ways of a set; what asks for more gets so many.
pub const MAX_WAYS: u32 = 128;

/// Entries and associativity of one array of a TLB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlbGeometry {
    /// Entries in all. The number of sets, entries divided by ways, is rounded down to a power of two.
    pub entries: u32,
    /// Entries in a set, at most [`MAX_WAYS`].
    pub ways: u32,
    /// Which of them goes for a new one.
    pub replacement: Replacement,
}

impl TlbGeometry {
    /// So many entries in sets of so many ways, the least recently used one to be replaced.
    pub const fn new(entries: u32, ways: u32) -> TlbGeometry {
        TlbGeometry { entries, ways, replacement: Replacement::Lru }
    }

    /// So many entries in one set.
    pub const fn full(entries: u32) -> TlbGeometry {
        TlbGeometry::new(entries, entries)
    }

    /// The same with another replacement.
    #[must_use]
    pub const fn with(self, replacement: Replacement) -> TlbGeometry {
        TlbGeometry { replacement, ..self }
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

/// Where a level of a TLB keeps pages of a size above the base size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Home {
    /// In an array of their own.
    Own(TlbGeometry),
    /// Among the base pages.
    WithSmall,
    /// Among the pages of the next smaller size.
    WithLarge,
    /// Not as such: in pieces of the next smaller size.
    Pieces,
}

/// One level of a TLB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlbLevel {
    /// Base pages (x86: 4 KiB).
    pub small: TlbGeometry,
    /// Pages of the level above (2 MiB).
    pub large: Home,
    /// Pages of the level above that (1 GiB).
    pub huge: Home,
}

impl TlbLevel {
    /// The same with another replacement in all arrays.
    #[must_use]
    pub const fn with(self, replacement: Replacement) -> TlbLevel {
        const fn home(home: Home, replacement: Replacement) -> Home {
            match home {
                Home::Own(geometry) => Home::Own(geometry.with(replacement)),
                other => other,
            }
        }
        TlbLevel {
            small: self.small.with(replacement),
            large: home(self.large, replacement),
            huge: home(self.huge, replacement),
        }
    }
}

/// A two-level TLB and the caches of its page walks. The default is [`TlbConfig::skylake_server`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlbConfig {
    /// First level, loads and stores. An array that two sizes share is fully associative here.
    pub data: TlbLevel,
    /// First level, instruction fetches; none: they use that of the data.
    pub code: Option<TlbLevel>,
    /// Second level.
    pub l2: TlbLevel,
    /// Second level of fetches where it is one of its own.
    pub l2_code: Option<TlbLevel>,
    /// The paging-structure caches by the level of the entries they hold, from 1 up (x86: PDE, PDPTE, PML4E, PML5E cache).
    pub walk: [Option<TlbGeometry>; 4],
}

/// The TLB of a processor by its manual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TlbPreset {
    /// What it is called.
    pub name: &'static str,
    /// The manual that says so, and what of it is left out.
    pub source: &'static str,
    /// What it says.
    pub config: TlbConfig,
}

impl TlbConfig {
    /// The preset of that name; [`presets`](Self::presets) lists them.
    pub fn preset(name: &str) -> Option<TlbConfig> {
        TlbConfig::presets().iter().find(|preset| preset.name == name).map(|preset| preset.config)
    }

    /// The processors that come with the twin, the default one first.
    pub fn presets() -> &'static [TlbPreset] {
        presets::PRESETS
    }

    /// How many pages of a leaf at `level` the second level holds, or the first where the second keeps none.
    pub fn reach_pages(&self, level: u32) -> u64 {
        let entries = |tlb: &TlbLevel| match (level, tlb.large) {
            (0, _) | (1, Home::WithSmall | Home::WithLarge) => tlb.small.entries,
            (1, Home::Own(geometry)) => geometry.entries,
            _ => 0,
        };
        u64::from(entries(&self.l2).max(entries(&self.data)))
    }

    /// The same with another replacement in all its arrays but the paging-structure caches.
    #[must_use]
    pub fn with(self, replacement: Replacement) -> TlbConfig {
        TlbConfig {
            data: self.data.with(replacement),
            code: self.code.map(|level| level.with(replacement)),
            l2: self.l2.with(replacement),
            l2_code: self.l2_code.map(|level| level.with(replacement)),
            ..self
        }
    }

    /// Intel's Skylake server core.
    pub const fn skylake_server() -> TlbConfig {
        presets::PRESETS[0].config
    }
}

impl Default for TlbConfig {
    fn default() -> TlbConfig {
        TlbConfig::skylake_server()
    }
}
