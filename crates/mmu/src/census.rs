//! What the frames of a machine are used for, counted frame by frame: the gauges of `/proc/meminfo`, `vmstat` and `zoneinfo`
//! (Linux: `enum node_stat_item`, `zone_stat_item`).
//!
//! Linux keeps these as running counts; here they are counted when somebody looks, so that nothing is paid for them before.

use crate::phys::{Frame, FrameFlags, ZoneKind};
use crate::reclaim::{LruList, list_of};
use crate::{Machine, Pfn};

/// Pages by use, of the machine or of one zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// On the lists that their state says, in [`LruList`]'s order, those that wait for one included.
    pub lists: [u64; 5],
    /// Anonymous and mapped.
    pub anon: u64,
    /// Of files (shared memory included) and mapped.
    pub mapped: u64,
    /// In a page cache or in the swap cache.
    pub file: u64,
    /// Of shared memory, tmpfs files included.
    pub shmem: u64,
    /// In the swap cache.
    pub swapcached: u64,
    /// Of files, to be written.
    pub dirty: u64,
    /// Being written.
    pub writeback: u64,
    /// Page tables.
    pub page_tables: u64,
    /// Locked.
    pub mlocked: u64,
    /// Anonymous, in huge pages.
    pub anon_huge: u64,
    /// Of files, in folios as large as a huge page.
    pub file_huge: u64,
}

impl Census {
    fn add(&mut self, frame: &Frame, head: &Frame, is_mapped: bool) {
        let anon = frame.has(FrameFlags::ANON);
        let file = frame.has(FrameFlags::FILE);
        self.page_tables += u64::from(frame.has(FrameFlags::TABLE));
        if !anon && !file {
            return;
        }
        let swapcached = frame.has(FrameFlags::SWAPCACHE);
        let huge = frame.order() >= HUGE_ORDER;
        self.lists[list_of(head) as usize] += 1;
        self.anon += u64::from(anon && is_mapped);
        self.mapped += u64::from(file && is_mapped);
        self.file += u64::from(file || swapcached);
        self.shmem += u64::from(frame.is_cached_shmem());
        self.swapcached += u64::from(swapcached);
        self.dirty += u64::from(frame.is_of_disk_file() && head.has(FrameFlags::DIRTY));
        self.writeback += u64::from(head.has(FrameFlags::WRITEBACK));
        self.mlocked += u64::from(frame.has(FrameFlags::MLOCKED));
        self.anon_huge += u64::from(anon && huge);
        self.file_huge += u64::from(file && huge);
    }

    /// Pages on a list.
    pub fn list(&self, list: LruList) -> u64 {
        self.lists[list as usize]
    }
}

/// log2 of the base pages in a huge page.
const HUGE_ORDER: u32 = 9;

impl Machine {
    /// Counts all frames.
    pub fn census(&self) -> Census {
        self.census_where(|_| true)
    }

    /// Counts the frames of a zone.
    pub fn zone_census(&self, kind: ZoneKind) -> Census {
        let zone = self.phys.zones.iter().find(|zone| zone.kind == kind);
        self.census_where(|pfn| zone.is_some_and(|zone| zone.has(pfn)))
    }

    fn census_where(&self, wanted: impl Fn(Pfn) -> bool) -> Census {
        let mut census = Census::default();
        for pfn in (0..self.phys.described()).map(Pfn).filter(|pfn| wanted(*pfn)) {
            let head = self.folio_head(pfn);
            let is_mapped = self.phys.frame(pfn).mapcount() > 0 || self.folios.get(head).entire > 0;
            census.add(self.phys.frame(pfn), self.phys.frame(head), is_mapped);
        }
        census
    }
}
