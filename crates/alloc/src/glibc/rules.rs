//! What a release of glibc does otherwise than others, each rule with the release it came with or went with.
//!
//! Facts from the library's history (commits to malloc/malloc.c and malloc/arena.c); those of 2.31, 2.36 and 2.41 were compared with the
//! real library by `memtwin verify --libc`, see [`GlibcVersion::is_compared`].
//!
//! Differs from glibc: a failed assertion has the text of 2.36, and keeps it in a page, in each release. (Until 2.35 it goes through
//! stdio, from 2.37 on it names the file and the line.)

use serde::{Deserialize, Serialize};

use super::chunk::protect_ptr;
use super::version::GlibcVersion;

/// The rules of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rules {
    /// 2.32: single links are masked with their place, and what they lead to must be aligned.
    pub(super) safe_linking: bool,
    /// 2.34: the tcache's key is random; before, it is the tcache's address.
    pub(super) random_key: bool,
    /// Until 2.33 the first call goes through a hook, for which calloc is malloc and clearing all of the block.
    pub(super) hooks: bool,
    /// `sizeof (heap_info)`: 2.35 added the page size.
    pub(super) heap_info_bytes: u64,
    /// 2.35 to 2.37 pass the least and the page size of a mapping in place of the break the wrong way round.
    pub(super) swapped_fallback: bool,
    /// Until 2.36 heaps are reserved with MAP_NORESERVE.
    pub(super) noreserve_heaps: bool,
    /// The highest M_MMAP_THRESHOLD: 32 MiB until 2.34.
    pub(super) most_mmap_threshold: u64,
    /// When realloc leaves a block as it is before anything else.
    pub(super) reuse: Reuse,
    /// 2.38: aligned_alloc refuses alignments that are no power of two; memalign looks into the tcache.
    pub(super) strict_aligned_alloc: bool,
    /// 2.39: what memalign cuts off is merged at once.
    pub(super) memalign_merges: bool,
    /// 2.41: calloc takes from the tcache.
    pub(super) calloc_from_tcache: bool,
    /// 2.41: a small chunk that is freed goes to its small bin, not to the unsorted one.
    pub(super) frees_to_small_bins: bool,
    /// Until 2.31, M_MXFAST values below 8 other than 0 leave fastbins for no size at all.
    pub(super) mxfast_may_be_zero: bool,
}

/// When realloc leaves a block as it is, by how many usable bytes it would have to spare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Reuse {
    /// Never without a look at the neighbours.
    No,
    /// 2.37: up to the trim threshold.
    UpToTrim,
    /// 2.38: below 16 bytes, in a mapped chunk up to a page.
    Padding,
}

impl Rules {
    /// Those of a release.
    pub(super) fn of(version: GlibcVersion) -> Self {
        use GlibcVersion as V;
        Self {
            safe_linking: version >= V::V2_32,
            random_key: version >= V::V2_34,
            hooks: version < V::V2_34,
            heap_info_bytes: if version >= V::V2_35 { 0x30 } else { 0x20 },
            swapped_fallback: (V::V2_35..=V::V2_37).contains(&version),
            noreserve_heaps: version < V::V2_37,
            most_mmap_threshold: if version >= V::V2_35 { u64::MAX } else { 32 << 20 },
            reuse: match version {
                V::V2_37 => Reuse::UpToTrim,
                _ if version >= V::V2_38 => Reuse::Padding,
                _ => Reuse::No,
            },
            strict_aligned_alloc: version >= V::V2_38,
            memalign_merges: version >= V::V2_39,
            calloc_from_tcache: version >= V::V2_41,
            frees_to_small_bins: version >= V::V2_41,
            mxfast_may_be_zero: version < V::V2_32,
        }
    }

    /// A single link as it is kept at `position`, or what one kept there leads to.
    #[inline]
    pub(super) fn protect(&self, position: u64, link: u64) -> u64 {
        if self.safe_linking { protect_ptr(position, link) } else { link }
    }
}
