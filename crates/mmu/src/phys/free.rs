//! Which frames are free: single frames last in, first out; blocks of 2^order frames by order (Linux: `mm/page_alloc.c`).
//!
//! Single frames are joined to blocks only when a block is asked for and none is left, not at each free. A zone has one of these.

use crate::Pfn;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The highest order of a block: 2^10 frames (Linux: `MAX_PAGE_ORDER`).
pub const MAX_ORDER: u32 = 10;

/// Single frames are taken from blocks of this order at a time.
const BATCH_ORDER: u32 = 5;

/// The free frames of a zone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct FreeFrames {
    singles: Vec<Pfn>,
    /// Free blocks of order 1 and up, at index order - 1.
    blocks: [Vec<Pfn>; MAX_ORDER as usize],
    /// Frames from here on were never given out.
    fresh: u32,
    total: u32,
    /// No block may be larger: the first frame of each two such blocks is never given out.
    fragment: Option<u32>,
    /// How many frames those are so far.
    pinned: u32,
    /// Those that nobody has asked for yet.
    pins: Vec<Pfn>,
}

impl FreeFrames {
    /// Frames from `first` to below `total`.
    pub(super) fn new(first: u32, total: u32) -> FreeFrames {
        FreeFrames {
            singles: Vec::new(),
            blocks: Default::default(),
            fresh: first.min(total),
            total,
            fragment: None,
            pinned: 0,
            pins: Vec::new(),
        }
    }

    /// Lets no block be larger than 2^`order` frames from now on.
    pub(super) fn fragment(&mut self, order: Option<u32>) {
        self.fragment = order.filter(|order| *order < MAX_ORDER);
    }

    /// Frames that fragment memory so far.
    pub(super) fn pinned(&self) -> u32 {
        self.pinned
    }

    /// Those of them that came since the last call.
    pub(super) fn take_pins(&mut self) -> Vec<Pfn> {
        std::mem::take(&mut self.pins)
    }

    /// All that is free, as ranges in order, without the `kept` single frames that came back last.
    pub(super) fn ranges(&self, kept: usize) -> Vec<std::ops::Range<u32>> {
        let singles = &self.singles[..self.singles.len().saturating_sub(kept)];
        let blocks =
            (1..).zip(&self.blocks).flat_map(|(order, list)| list.iter().map(move |pfn| (pfn.0, 1 << order)));
        let mut all: Vec<(u32, u32)> = singles.iter().map(|pfn| (pfn.0, 1)).chain(blocks).collect();
        all.sort_unstable();
        all.extend(self.untouched());
        let mut ranges: Vec<std::ops::Range<u32>> = Vec::new();
        for (start, len) in all {
            match ranges.last_mut() {
                Some(last) if last.end == start => last.end += len,
                _ => ranges.push(start..start + len),
            }
        }
        ranges
    }

    /// The frames that were never given out, as (first, number).
    fn untouched(&self) -> Vec<(u32, u32)> {
        let Some(order) = self.fragment else { return vec![(self.fresh, self.total - self.fresh)] };
        let span = 2 << order;
        let first = self.fresh.next_multiple_of(span).min(self.total);
        let spans = (first..self.total).step_by(span as usize);
        let mut parts = vec![(self.fresh, first - self.fresh)];
        parts.extend(spans.map(|start| (start + 1, span.min(self.total - start) - 1)));
        parts
    }

    /// The end of the frames that were ever given out.
    pub(super) fn fresh(&self) -> u32 {
        self.fresh
    }

    /// A single frame.
    #[inline]
    pub(super) fn take(&mut self) -> Option<Pfn> {
        self.singles.pop().or_else(|| self.take_batch())
    }

    /// The first frame of a small block, whose others become single ones, the lowest to be taken first (Linux:
    /// `rmqueue_bulk`).
    #[cold]
    fn take_batch(&mut self) -> Option<Pfn> {
        let (first, order) =
            (0..=BATCH_ORDER).rev().find_map(|order| Some((self.take_order(order)?, order)))?;
        self.singles.extend((first.0 + 1..first.0 + (1 << order)).rev().map(Pfn));
        Some(first)
    }

    /// Gives a single frame back.
    #[inline]
    pub(super) fn put(&mut self, pfn: Pfn) {
        self.singles.push(pfn);
    }

    /// Gives single frames back, one after another.
    #[inline]
    pub(super) fn put_all(&mut self, pfns: impl Iterator<Item = Pfn>) {
        self.singles.extend(pfns);
    }

    /// Gives a block of 2^`order` frames back.
    pub(super) fn put_order(&mut self, pfn: Pfn, order: u32) {
        match order {
            0 => self.singles.push(pfn),
            _ => self.blocks[order as usize - 1].push(pfn),
        }
    }

    /// An aligned block of 2^`order` frames, at most [`MAX_ORDER`].
    pub(super) fn take_order(&mut self, order: u32) -> Option<Pfn> {
        if order > MAX_ORDER {
            return None;
        }
        self.split_from(order).or_else(|| self.take_fresh(order)).or_else(|| {
            self.join_all();
            self.split_from(order)
        })
    }

    /// Every free frame that was given out before, as (first frame, order), in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Pfn, u32)> {
        let singles = self.singles.iter().map(|&pfn| (pfn, 0));
        let blocks =
            (1..).zip(&self.blocks).flat_map(|(order, list)| list.iter().map(move |&pfn| (pfn, order)));
        singles.chain(blocks)
    }

    /// From the smallest free block of at least that order; the rest of it stays free.
    fn split_from(&mut self, order: u32) -> Option<Pfn> {
        let found = (order..=MAX_ORDER).find(|&o| !self.list(o).is_empty())?;
        let pfn = self.list(found).pop()?;
        for lower in order..found {
            self.put_order(pfn + (1 << lower), lower);
        }
        Some(pfn)
    }

    fn list(&mut self, order: u32) -> &mut Vec<Pfn> {
        match order {
            0 => &mut self.singles,
            _ => &mut self.blocks[order as usize - 1],
        }
    }

    pub(super) fn take_fresh(&mut self, order: u32) -> Option<Pfn> {
        if let Some(most) = self.fragment {
            return if order > most { None } else { self.take_fragmented(order, most) };
        }
        let start = self.fresh.next_multiple_of(1 << order);
        let end = start.checked_add(1 << order).filter(|&end| end <= self.total)?;
        let skipped = self.fresh..start;
        self.fresh = end;
        self.put_range(skipped);
        Some(Pfn(start))
    }

    /// The same where the first frame of each 2^(`most` + 1) is in the way.
    fn take_fragmented(&mut self, order: u32, most: u32) -> Option<Pfn> {
        let start = self.fresh.next_multiple_of(2 << most);
        let end = start.checked_add(2 << most).filter(|&end| end <= self.total)?;
        let skipped = self.fresh..start;
        self.fresh = end;
        self.put_range(skipped);
        self.pinned += 1;
        self.pins.push(Pfn(start));
        self.put_range(start + 1..end);
        self.split_from(order)
    }

    /// Frees a range as the largest aligned blocks it holds, the highest first so that the lowest is given out first.
    pub(super) fn put_range(&mut self, range: std::ops::Range<u32>) {
        let mut end = range.end;
        while end > range.start {
            let order = end.trailing_zeros().min((end - range.start).ilog2()).min(MAX_ORDER);
            end -= 1 << order;
            self.put_order(Pfn(end), order);
        }
    }

    /// Takes these frames, which are free.
    pub(super) fn take_these(&mut self, frames: &BTreeSet<u32>) {
        while frames.last().is_some_and(|last| self.fresh <= *last)
            && let Some(pfn) = self.take_fresh(0)
        {
            self.put(pfn);
        }
        let all: Vec<(Pfn, u32)> = self.iter().collect();
        self.singles.clear();
        self.blocks.iter_mut().for_each(Vec::clear);
        for (Pfn(mut start), order) in all {
            let end = start + (1 << order);
            for &frame in frames.range(start..end) {
                self.put_range(start..frame);
                start = frame + 1;
            }
            self.put_range(start..end);
        }
    }

    /// Joins neighbours to blocks, all over.
    fn join_all(&mut self) {
        let mut all: Vec<(Pfn, u32)> = self.iter().collect();
        all.sort_unstable();
        self.singles.clear();
        self.blocks.iter_mut().for_each(Vec::clear);
        let mut run = 0..0;
        for (pfn, order) in all {
            if run.end != pfn.0 {
                self.put_range(run);
                run = pfn.0..pfn.0;
            }
            run.end += 1 << order;
        }
        self.put_range(run);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_frames_come_last_in_first_out() {
        let mut free = FreeFrames::new(1, 4);
        let mut all: Vec<u32> = std::iter::from_fn(|| free.take()).map(|pfn| pfn.0).collect();
        all.sort_unstable();
        assert_eq!(all, [1, 2, 3]);
        free.put(Pfn(1));
        free.put(Pfn(3));
        assert_eq!([free.take(), free.take(), free.take()], [Some(Pfn(3)), Some(Pfn(1)), None]);
    }

    #[test]
    fn blocks_are_aligned_and_what_is_skipped_stays_free() {
        let mut free = FreeFrames::new(1, 1024);
        assert_eq!(free.take_order(9), Some(Pfn(512)));
        assert_eq!(free.take_order(9), None);
        let mut singles: Vec<u32> = std::iter::from_fn(|| free.take()).map(|pfn| pfn.0).collect();
        singles.sort_unstable();
        assert_eq!(singles, (1..512).collect::<Vec<_>>());
    }

    #[test]
    fn chosen_frames_are_taken_out_of_blocks() {
        let mut free = FreeFrames::new(0, 64);
        let block = free.take_order(5).unwrap();
        free.put_order(block, 5);
        let chosen = [block.0 + 3, block.0 + 31].into_iter().collect();
        free.take_these(&chosen);
        let left: BTreeSet<u32> = free.iter().flat_map(|(pfn, order)| pfn.0..pfn.0 + (1 << order)).collect();
        assert_eq!((left.len(), left.is_disjoint(&chosen)), (30, true));
    }

    #[test]
    fn singles_are_joined_when_a_block_is_wanted() {
        let mut free = FreeFrames::new(0, 1024);
        let all: Vec<Pfn> = std::iter::from_fn(|| free.take()).collect();
        all.iter().filter(|pfn| pfn.0 != 3).for_each(|&pfn| free.put(pfn));
        assert_eq!(free.take_order(9), Some(Pfn(512)));
        assert_eq!(free.take_order(9), None);
        assert_eq!(free.take_order(8), Some(Pfn(256)));
        assert_eq!(free.take_order(MAX_ORDER + 1), None);
    }
}
