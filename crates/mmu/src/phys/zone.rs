//! A zone: a stretch of memory with its own free frames and watermarks (Linux: `struct zone`, `__setup_per_zone_wmarks`).
//!
//! Left out: boosts of the watermarks after a fallback between migrate types; several nodes.

use super::compact::Deferral;
use super::free::{FreeFrames, MAX_ORDER};
use crate::Pfn;
use serde::{Deserialize, Serialize};

/// Zones there are names for, in Linux's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ZoneKind {
    /// The first 16 MiB.
    Dma,
    /// The rest below 4 GiB.
    Dma32,
    /// All above.
    Normal,
}

impl ZoneKind {
    /// As /proc/zoneinfo calls it.
    pub const fn name(self) -> &'static str {
        match self {
            ZoneKind::Dma => "DMA",
            ZoneKind::Dma32 => "DMA32",
            ZoneKind::Normal => "Normal",
        }
    }
}

/// A zone's watermarks in pages: how many of its pages are to stay free for whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermarks {
    /// At or below it allocations reclaim themselves.
    pub min: u64,
    /// At or below it kswapd is woken.
    pub low: u64,
    /// Above it kswapd sleeps again.
    pub high: u64,
    /// For memory tiering.
    pub promo: u64,
}

impl Watermarks {
    /// Those of a zone with `managed` pages, whose part of `vm.min_free_kbytes` is `min` pages; the others stand a quarter of
    /// that apart, or `scale_factor` ten-thousandths of the zone, if that is more.
    pub fn new(min: u64, managed: u64, scale_factor: u64) -> Watermarks {
        let step = (min / 4).max(managed * scale_factor / 10_000);
        Watermarks { min, low: min + step, high: min + 2 * step, promo: min + 3 * step }
    }
}

/// Pages kept from allocations that could be served by each higher zone, the zone's own and what `/proc/zoneinfo` shows for the
/// empty zones Movable and Device included.
pub type Protection = [u64; 5];

/// A zone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Zone {
    /// Which it is.
    pub kind: ZoneKind,
    /// Pages that the allocator has.
    pub managed: u64,
    /// `lowmem_reserve`.
    pub protection: Protection,
    pub(super) frames: FreeFrames,
    first: u32,
    end: u32,
    free: u32,
    marks: Watermarks,
    /// Free pages above which nothing needs to be asked.
    plenty: u32,
    /// What came of compaction.
    pub(crate) compaction: Deferral,
}

impl Zone {
    /// The zone of the frames from `first` to before `end`, all free; its watermarks are 0.
    pub(super) fn new(kind: ZoneKind, first: u32, end: u32) -> Zone {
        Zone {
            kind,
            managed: u64::from(end - first),
            protection: [0; 5],
            frames: FreeFrames::new(first, end),
            first,
            end,
            free: end - first,
            marks: Watermarks::default(),
            plenty: 0,
            compaction: Deferral::default(),
        }
    }

    /// Takes the first frame out for good.
    pub(super) fn reserve_first(&mut self) {
        self.frames = FreeFrames::new((self.first + 1).min(self.end), self.end);
        self.free = self.free.saturating_sub(1);
    }

    /// Free pages.
    pub fn free_pages(&self) -> u64 {
        u64::from(self.free - self.frames.pinned())
    }

    /// The watermarks.
    pub fn watermarks(&self) -> Watermarks {
        self.marks
    }

    pub(super) fn set_watermarks(&mut self, marks: Watermarks) {
        self.marks = marks;
        self.plenty = (marks.low + self.reserve()).min(u64::from(u32::MAX)) as u32;
    }

    /// Pages kept from allocations that a higher zone serves as well.
    pub fn reserve(&self) -> u64 {
        self.protection[ZoneKind::Normal as usize + 1]
    }

    /// Pages that no program can count on: what is kept for others and the high watermark (Linux: `totalreserve_pages`).
    pub fn total_reserve(&self) -> u64 {
        let kept = self.protection.iter().max().copied().unwrap_or_default();
        (kept + self.marks.high).min(self.managed)
    }

    /// Whether so many pages are free that an allocation of 2^`order` pages has nothing to ask (Linux: `zone_watermark_fast`).
    #[inline]
    pub(super) fn is_plenty(&self, order: u32) -> bool {
        self.free > self.plenty + self.frames.pinned() + ((1 << order) - 1)
    }

    /// Whether an allocation of 2^`order` pages leaves more than `mark` pages (Linux: `zone_watermark_ok`).
    pub fn is_above(&self, mark: u64, order: u32) -> bool {
        self.would_be_above(mark, order, 0)
    }

    /// The same if `more` pages were free.
    pub fn would_be_above(&self, mark: u64, order: u32, more: u64) -> bool {
        self.free_pages() + more > mark + self.reserve() + ((1 << order) - 1)
    }

    /// A single frame, whatever the watermarks say.
    #[inline]
    pub(super) fn take(&mut self) -> Option<Pfn> {
        let pfn = self.frames.take()?;
        self.free -= 1;
        Some(pfn)
    }

    /// The same of a block.
    pub(super) fn take_order(&mut self, order: u32) -> Option<Pfn> {
        let pfn = self.frames.take_order(order)?;
        self.free -= 1 << order;
        Some(pfn)
    }

    /// Takes these free frames.
    pub(super) fn take_these(&mut self, frames: &std::collections::BTreeSet<u32>) {
        self.frames.take_these(frames);
        self.free -= frames.len() as u32;
    }

    /// Takes a single frame back.
    #[inline]
    pub(super) fn put(&mut self, pfn: Pfn) {
        self.frames.put(pfn);
        self.free += 1;
    }

    /// Takes single frames back, one after another.
    #[inline]
    pub(super) fn put_all(&mut self, pfns: impl ExactSizeIterator<Item = Pfn>) {
        self.free += pfns.len() as u32;
        self.frames.put_all(pfns);
    }

    /// Takes a block back.
    pub(super) fn put_order(&mut self, pfn: Pfn, order: u32) {
        self.frames.put_order(pfn, order);
        self.free += 1 << order;
    }

    /// A block of any order that was never given out, or one up to the largest.
    pub(super) fn take_reserved(&mut self, order: u32) -> Option<Pfn> {
        let pfn = match order > MAX_ORDER {
            true => self.frames.take_fresh(order),
            false => self.frames.take_order(order),
        }?;
        self.free -= 1 << order;
        Some(pfn)
    }

    /// Takes a range back.
    pub(super) fn put_range(&mut self, range: std::ops::Range<u32>) {
        self.free += range.end - range.start;
        self.frames.put_range(range);
    }

    /// Its frames.
    pub fn frames(&self) -> std::ops::Range<u32> {
        self.first..self.end
    }

    /// Whether the frame is one of its.
    #[inline]
    pub fn has(&self, pfn: Pfn) -> bool {
        (self.first..self.end).contains(&pfn.0)
    }

    /// Whether any frame was ever given out.
    pub(super) fn is_touched(&self) -> bool {
        self.frames.fresh() > self.first
    }

    /// The frames that were never given out, of those below `described`.
    pub(super) fn fresh(&self, described: u32) -> impl Iterator<Item = Pfn> + use<> {
        (self.frames.fresh()..self.end.min(described)).map(Pfn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_stand_a_quarter_of_min_apart_or_a_part_of_the_zone() {
        let marks = Watermarks::new(5636, 772_915, 10);
        assert_eq!((marks.low, marks.high, marks.promo), (7045, 8454, 9863));
        let marks = Watermarks::new(5636, 772_915, 100);
        assert_eq!((marks.low, marks.high, marks.promo), (13_365, 21_094, 28_823));
    }

    #[test]
    fn allocations_stop_at_the_mark_and_the_reserve() {
        let mut zone = Zone::new(ZoneKind::Dma32, 0, 100);
        zone.protection[3] = 20;
        zone.set_watermarks(Watermarks::new(8, 100, 0));
        assert!(zone.is_above(79, 0) && !zone.is_above(80, 0) && !zone.is_above(79, 1));
        assert!(zone.is_plenty(6), "64 of 100 leave 36, and 30 are kept");
    }
}
