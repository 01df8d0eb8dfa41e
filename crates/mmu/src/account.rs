//! Resident set sizes: the one place where they change (Linux: `add_mm_counter`, `mm_counter`).
//!
//! Loops over ranges gather an [`RssDelta`] and settle it once.

use crate::high_water::HighWater;
use crate::phys::{Frame, FrameFlags};
use crate::{Machine, MmId, MmStats};

/// Changes of an address space's resident pages, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RssDelta {
    /// MM_ANONPAGES.
    pub(crate) anon: i64,
    /// MM_FILEPAGES.
    pub(crate) file: i64,
    /// MM_SHMEMPAGES.
    pub(crate) shmem: i64,
    /// MM_SWAPENTS.
    pub(crate) swap: i64,
}

impl RssDelta {
    /// `pages` anonymous pages more.
    pub(crate) fn anon(pages: i64) -> RssDelta {
        RssDelta { anon: pages, ..RssDelta::default() }
    }

    /// Counts `pages` pages like `frame` in.
    pub(crate) fn add(&mut self, frame: &Frame, pages: i64) {
        *self.counter(frame) += pages;
    }

    /// Linux: `mm_counter`: which counter a page belongs to.
    fn counter(&mut self, frame: &Frame) -> &mut i64 {
        if frame.has(FrameFlags::ANON) {
            &mut self.anon
        } else if frame.has(FrameFlags::SWAPBACKED) {
            &mut self.shmem
        } else {
            &mut self.file
        }
    }
}

impl Machine {
    /// Settles `delta` for `mm`.
    pub(crate) fn account_rss(&mut self, mm: MmId, delta: RssDelta) {
        self.rss.add(delta.anon + delta.file + delta.shmem);
        let stats = &mut self.mm_mut(mm).stats;
        stats.anon_pages = stats.anon_pages.wrapping_add_signed(delta.anon);
        stats.file_pages = stats.file_pages.wrapping_add_signed(delta.file);
        stats.shmem_pages = stats.shmem_pages.wrapping_add_signed(delta.shmem);
        stats.swap_pages = stats.swap_pages.wrapping_add_signed(delta.swap);
    }
}

/// One anonymous page more, in an address space's counters and in all of them. (Apart, since a delta on the stack is written in parts and
/// read as vectors, which the host does only once all stores before are done.)
#[inline]
pub(crate) fn account_anon_page(stats: &mut MmStats, all: &mut HighWater) {
    stats.anon_pages += 1;
    all.grow(1);
}
