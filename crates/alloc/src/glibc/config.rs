//! What a library is made from, and malloc's parameters (`struct malloc_par mp_`).

use super::chunk::{MINSIZE, SIZE_SZ, request2size};
use super::rules::Rules;
use super::version::GlibcVersion;
use serde::{Deserialize, Serialize};

/// Of `mp_`: bytes sbrk is asked for beyond the need.
const DEFAULT_TOP_PAD: u64 = 128 << 10;
/// Where the mmap and the trim threshold start.
const DEFAULT_MMAP_THRESHOLD: u64 = 128 << 10;
/// `DEFAULT_MMAP_THRESHOLD_MAX`: the dynamic threshold goes no further.
pub(super) const DEFAULT_MMAP_THRESHOLD_MAX: u64 = 32 << 20;
/// `DEFAULT_MMAP_MAX`.
const DEFAULT_MMAP_MAX: i32 = 65536;
/// `NARENAS_FROM_NCORES (1)`.
pub(super) const ARENAS_PER_CPU: u64 = 8;
/// `TCACHE_MAX_BINS`.
pub(super) const TCACHE_MAX_BINS: u64 = 64;
/// `TCACHE_FILL_COUNT`.
const TCACHE_FILL_COUNT: u64 = 7;
/// `MAX_TCACHE_SIZE`: the largest request a tcache can hold.
const MAX_TCACHE_SIZE: u64 = (TCACHE_MAX_BINS - 1) * 16 + MINSIZE - SIZE_SZ;
/// `MAX_FAST_SIZE`: the largest M_MXFAST.
const MAX_FAST_SIZE: u64 = 160;
/// `DEFAULT_MXFAST`.
const DEFAULT_MXFAST: u64 = 128;

/// How to make a [`Glibc`](super::Glibc).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GlibcConfig {
    /// The release.
    pub version: GlibcVersion,
    /// Processors on line, by which the number of arenas is limited.
    pub cpus: u32,
    /// What stands for the kernel's randomness; the tcache's key comes from it.
    pub seed: u64,
    /// vm.overcommit_memory: with 2, heaps that shrink are mapped afresh rather than advised.
    pub overcommit_memory: u8,
    /// The environment's GLIBC_TUNABLES (`glibc.malloc.top_pad=0:glibc.malloc.tcache_count=0`).
    pub tunables: String,
}

impl Default for GlibcConfig {
    fn default() -> Self {
        Self { version: GlibcVersion::V2_36, cpus: 2, seed: 0, overcommit_memory: 0, tunables: String::new() }
    }
}

/// `mp_`: the parameters of mallopt and of the tunables, and the counters of mappings.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Params {
    pub(super) trim_threshold: u64,
    pub(super) top_pad: u64,
    pub(super) mmap_threshold: u64,
    pub(super) arena_test: u64,
    pub(super) arena_max: u64,
    pub(super) n_mmaps: i32,
    pub(super) n_mmaps_max: i32,
    pub(super) max_n_mmaps: i32,
    /// The user set a threshold: the mmap threshold adapts no more.
    pub(super) no_dyn_threshold: bool,
    pub(super) mmapped_mem: u64,
    pub(super) max_mmapped_mem: u64,
    pub(super) tcache_bins: u64,
    pub(super) tcache_count: u64,
    pub(super) tcache_unsorted_limit: u64,
    /// `global_max_fast`: the largest chunk for a fastbin.
    pub(super) max_fast: u64,
    /// The release's highest mmap threshold.
    most_mmap_threshold: u64,
    /// The release lets small values leave no fastbins at all.
    pub(super) mxfast_may_be_zero: bool,
    /// `perturb_byte`.
    pub(super) perturb: i32,
}

impl Params {
    /// The values at start.
    pub(super) fn new(rules: &Rules) -> Self {
        let mut params = Self {
            trim_threshold: DEFAULT_MMAP_THRESHOLD,
            top_pad: DEFAULT_TOP_PAD,
            mmap_threshold: DEFAULT_MMAP_THRESHOLD,
            arena_test: ARENAS_PER_CPU,
            arena_max: 0,
            n_mmaps: 0,
            n_mmaps_max: DEFAULT_MMAP_MAX,
            max_n_mmaps: 0,
            no_dyn_threshold: false,
            mmapped_mem: 0,
            max_mmapped_mem: 0,
            tcache_bins: TCACHE_MAX_BINS,
            tcache_count: TCACHE_FILL_COUNT,
            tcache_unsorted_limit: 0,
            max_fast: 0,
            most_mmap_threshold: rules.most_mmap_threshold,
            mxfast_may_be_zero: rules.mxfast_may_be_zero,
            perturb: 0,
        };
        params.set_mxfast(DEFAULT_MXFAST);
        params
    }

    /// `do_set_mxfast`: false if it is too large.
    pub(super) fn set_mxfast(&mut self, value: u64) -> bool {
        if value > MAX_FAST_SIZE {
            return false;
        }
        self.max_fast = match value {
            0 => 16,
            1..8 if !self.mxfast_may_be_zero => 16,
            value => (value + SIZE_SZ) & !15,
        };
        true
    }

    /// `do_set_trim_threshold`.
    pub(super) fn set_trim_threshold(&mut self, value: u64) {
        self.trim_threshold = value;
        self.no_dyn_threshold = true;
    }

    /// `do_set_top_pad`.
    pub(super) fn set_top_pad(&mut self, value: u64) {
        self.top_pad = value;
        self.no_dyn_threshold = true;
    }

    /// `do_set_mmap_threshold`: false if it is too large for the release.
    pub(super) fn set_mmap_threshold(&mut self, value: u64) -> bool {
        if value > self.most_mmap_threshold {
            return false;
        }
        self.mmap_threshold = value;
        self.no_dyn_threshold = true;
        true
    }

    /// `do_set_mmaps_max`.
    pub(super) fn set_mmaps_max(&mut self, value: i32) {
        self.n_mmaps_max = value;
        self.no_dyn_threshold = true;
    }

    /// `do_set_tcache_max`: false if it is too large.
    pub(super) fn set_tcache_max(&mut self, value: u64) -> bool {
        let Some(chunk) = request2size(value).filter(|_| value <= MAX_TCACHE_SIZE) else { return false };
        self.tcache_bins = (chunk - MINSIZE) / 16 + 1;
        true
    }

    /// `do_set_tcache_count`: false if it is too large.
    pub(super) fn set_tcache_count(&mut self, value: u64) -> bool {
        if value > u64::from(u16::MAX) {
            return false;
        }
        self.tcache_count = value;
        true
    }

    /// Accounts for a mapping of so many bytes (`n_mmaps`, `mmapped_mem` and their peaks).
    pub(super) fn note_mmap(&mut self, bytes: u64) {
        self.n_mmaps = self.n_mmaps.wrapping_add(1);
        self.max_n_mmaps = self.max_n_mmaps.max(self.n_mmaps);
        self.note_mmapped(bytes);
    }

    /// Accounts for a change of the mapped bytes; a loss is a wrapped addition.
    pub(super) fn note_mmapped(&mut self, bytes: u64) {
        self.mmapped_mem = self.mmapped_mem.wrapping_add(bytes);
        self.max_mmapped_mem = self.max_mmapped_mem.max(self.mmapped_mem);
    }
}
