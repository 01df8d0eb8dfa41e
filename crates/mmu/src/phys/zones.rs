//! The zones of a machine, as x86-64 with so much memory has them, and which one an allocation takes from (Linux: `zonelist`,
//! `get_page_from_freelist`, `setup_per_zone_lowmem_reserve`, `calculate_min_free_kbytes`).
//!
//! The twin's frame numbers are dense and begin with the zone that is taken from first. An allocation that no zone serves above
//! its low watermark wakes kswapd, one that no zone serves above min has to reclaim.

use super::zone::{Watermarks, Zone, ZoneKind};
use crate::Pfn;
use serde::{Deserialize, Serialize};

/// log2 of the page size of the figures that follow.
const BASE_SHIFT: u32 = 12;
/// Pages of zone DMA that the allocator gets.
const DMA_PAGES: u32 = 3840;
/// Pages of zone DMA32 that the allocator gets when there is memory above 4 GiB.
const DMA32_PAGES: u32 = 772_915;
/// `vm.lowmem_reserve_ratio` of DMA and DMA32.
const RESERVE_RATIO: u64 = 256;
/// Pages of a pageblock, the unit of what khugepaged wants free.
const PAGEBLOCK_PAGES: u64 = 512;
/// Below so many bytes there are no transparent huge pages, and no khugepaged.
const KHUGEPAGED_BYTES: u64 = 512 << 20;

/// Whose watermark an allocation goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Low,
    Min,
}

/// All zones.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Zones {
    pub(super) preferred: Zone,
    fallback: Vec<Zone>,
    page_shift: u32,
    /// Memory is low: kswapd is to run.
    kswapd_woken: bool,
}

impl Zones {
    /// The zones of `total` frames of 2^`page_shift` bytes, of which the first is in use for good. No watermarks yet.
    pub(super) fn new(total: u32, page_shift: u32) -> Zones {
        let frames = |pages: u32| ((u64::from(pages) << BASE_SHIFT) >> page_shift) as u32;
        let dma = total.min(frames(DMA_PAGES));
        let dma32 = (total - dma).min(frames(DMA32_PAGES));
        let sizes = [(ZoneKind::Normal, total - dma - dma32), (ZoneKind::Dma32, dma32), (ZoneKind::Dma, dma)];
        let mut end = 0;
        let mut zones = sizes.into_iter().filter(|(_, pages)| *pages > 0).map(|(kind, pages)| {
            end += pages;
            Zone::new(kind, end - pages, end)
        });
        let mut preferred = zones.next().unwrap_or_else(|| Zone::new(ZoneKind::Dma, 0, 0));
        let fallback: Vec<Zone> = zones.collect();
        preferred.reserve_first();
        let mut zones = Zones { preferred, fallback, page_shift, kswapd_woken: false };
        zones.set_protection();
        zones
    }

    /// In the order in which they are taken from.
    pub fn iter(&self) -> impl Iterator<Item = &Zone> {
        std::iter::once(&self.preferred).chain(&self.fallback)
    }

    fn iter_mut(&mut self) -> impl Iterator<Item = &mut Zone> {
        std::iter::once(&mut self.preferred).chain(&mut self.fallback)
    }

    fn managed(&self, kind: ZoneKind) -> u64 {
        self.iter().find(|zone| zone.kind == kind).map_or(0, |zone| zone.managed)
    }

    /// A zone keeps, from whoever could use higher ones, a 256th of the pages that those have together.
    fn set_protection(&mut self) {
        let managed = [ZoneKind::Dma, ZoneKind::Dma32, ZoneKind::Normal].map(|kind| self.managed(kind));
        for zone in self.iter_mut() {
            let own = zone.kind as usize;
            for upto in own + 1..zone.protection.len() {
                let above: u64 = managed.iter().take(upto + 1).skip(own + 1).sum();
                zone.protection[upto] = above / RESERVE_RATIO;
            }
        }
    }

    /// Sets the watermarks from `vm.min_free_kbytes` (None: Linux's choice) and `vm.watermark_scale_factor`.
    pub(crate) fn set_watermarks(&mut self, min_free_kbytes: Option<u64>, scale_factor: u64) {
        let total: u64 = self.iter().map(|zone| zone.managed).sum();
        let pages =
            min_free_kbytes.unwrap_or_else(|| self.default_min_free_kbytes()) >> (self.page_shift - 10);
        for zone in self.iter_mut() {
            let min = (u128::from(pages) * u128::from(zone.managed) / u128::from(total.max(1))) as u64;
            zone.set_watermarks(Watermarks::new(min, zone.managed, scale_factor));
        }
    }

    /// Linux's choice of `vm.min_free_kbytes`: the root of 16 times memory, within 128 kB and 256 MiB, or what khugepaged wants:
    /// two pageblocks a zone and one for each pair of migrate types, but at most a twentieth of memory.
    pub fn default_min_free_kbytes(&self) -> u64 {
        let pages: u64 = self.iter().map(|zone| zone.managed).sum();
        let kbytes = pages << (self.page_shift - 10);
        let by_size = (kbytes * 16).isqrt().clamp(128, 262_144);
        if kbytes << 10 < KHUGEPAGED_BYTES {
            return by_size;
        }
        let zones = self.iter().count() as u64;
        let khugepaged = (PAGEBLOCK_PAGES * zones * (2 + 3 * 3)).min(pages / 20) << (self.page_shift - 10);
        by_size.max(khugepaged)
    }

    /// No zone has as much as its low watermark for 2^`order` pages where the fast path looked: the others, then with kswapd
    /// woken all of them down to min.
    #[cold]
    pub(super) fn take_short(&mut self, order: u32) -> Option<Pfn> {
        if let Some(pfn) = self.take_above(Mark::Low, order) {
            return Some(pfn);
        }
        self.kswapd_woken = true;
        self.take_above(Mark::Min, order)
    }

    fn take_above(&mut self, mark: Mark, order: u32) -> Option<Pfn> {
        self.iter_mut().find_map(|zone| {
            let marks = zone.watermarks();
            let pages = if mark == Mark::Low { marks.low } else { marks.min };
            if !zone.is_above(pages, order) {
                return None;
            }
            if order == 0 { zone.take() } else { zone.take_order(order) }
        })
    }

    /// The zone of a kind, one of those there are.
    pub(crate) fn kind(&mut self, kind: ZoneKind) -> &mut Zone {
        let at = self.fallback.iter().position(|zone| zone.kind == kind);
        at.map_or(&mut self.preferred, |at| &mut self.fallback[at])
    }

    /// The zone that a frame is in.
    #[inline]
    pub(crate) fn of(&mut self, pfn: Pfn) -> &mut Zone {
        if self.fallback.is_empty() || self.preferred.has(pfn) {
            return &mut self.preferred;
        }
        let at = self.fallback.iter().position(|zone| zone.has(pfn)).unwrap_or(0);
        &mut self.fallback[at]
    }

    /// Whether kswapd is to run.
    #[inline]
    pub(crate) fn kswapd_woken(&self) -> bool {
        self.kswapd_woken
    }

    /// kswapd has done its work.
    pub(crate) fn kswapd_slept(&mut self) {
        self.kswapd_woken = false;
    }

    /// Whether some zone has more than its high watermark (Linux: `pgdat_balanced`).
    pub fn is_balanced(&self) -> bool {
        self.iter().any(|zone| zone.is_above(zone.watermarks().high, 0))
    }

    /// Whether some zone would be above its min watermark with `more` pages.
    pub(crate) fn would_serve(&self, order: u32, more: u64) -> bool {
        self.iter().any(|zone| zone.would_be_above(zone.watermarks().min, order, more))
    }

    /// A block of any order for a pool, whatever the watermarks say.
    pub(super) fn take_reserved(&mut self, order: u32) -> Option<Pfn> {
        self.iter_mut().find_map(|zone| zone.take_reserved(order))
    }

    /// Lets no block be larger than 2^`order` frames from now on.
    pub(super) fn fragment(&mut self, order: Option<u32>) {
        self.iter_mut().for_each(|zone| zone.frames.fragment(order));
    }

    /// Those of them that came since the last call.
    pub(super) fn take_pins(&mut self) -> Vec<Pfn> {
        self.iter_mut().flat_map(|zone| zone.frames.take_pins()).collect()
    }

    /// All that is free, as ranges in order, without the `kept` single frames of each zone that came back last.
    pub(super) fn free_ranges(&self, kept: usize) -> Vec<std::ops::Range<u32>> {
        self.iter().flat_map(|zone| zone.frames.ranges(kept)).collect()
    }

    /// The end of the frames that were ever given out.
    pub(super) fn fresh(&self) -> u32 {
        let ends = self.iter().filter(|zone| zone.is_touched()).map(|zone| zone.frames.fresh());
        ends.max().unwrap_or(0)
    }

    /// The free frames below `described`, as (first frame, order), in no order.
    pub(super) fn free_blocks(&self, described: u32) -> impl Iterator<Item = (Pfn, u32)> {
        self.iter().flat_map(move |zone| {
            let used_before = zone.frames.iter().filter(move |(pfn, _)| pfn.0 < described);
            used_before.chain(zone.fresh(described).map(|pfn| (pfn, 0)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_split_as_x86_has_it_and_low_zones_are_kept() {
        let zones = Zones::new(3840 + 772_915 + 1_540_096, 12);
        let found: Vec<_> =
            zones.iter().map(|zone| (zone.kind.name(), zone.managed, zone.protection)).collect();
        assert_eq!(
            found,
            [
                ("Normal", 1_540_096, [0; 5]),
                ("DMA32", 772_915, [0, 0, 6016, 6016, 6016]),
                ("DMA", 3840, [0, 3019, 9035, 9035, 9035]),
            ]
        );
        assert_eq!(zones.default_min_free_kbytes(), 67_584);
        assert_eq!(Zones::new(16_384, 12).default_min_free_kbytes(), 1024);
    }

    #[test]
    fn frames_are_taken_from_the_highest_zone_down_to_its_mark_then_from_the_next() {
        let mut zones = Zones::new(3840 + 1000, 12);
        zones.set_watermarks(Some(484 * 4), 10);
        let kind = |zones: &mut Zones, pfn| zones.of(pfn).kind;
        let mut counts = [0; 3];
        while let Some(pfn) = zones.take_short(0) {
            counts[kind(&mut zones, pfn) as usize] += 1;
        }
        assert_eq!(counts, [3840 - 384 - 3, 1000 - 1 - 100, 0]);
        assert!(zones.kswapd_woken() && !zones.is_balanced());
    }
}
