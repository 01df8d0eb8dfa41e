//! Searching the free ranges between mappings, highest or lowest first, in O(log n).
//!
//! The free ranges are those below each mapping, down to the one before it, and the one above the last mapping. A range
//! counts as far as it lies within the limits (Linux: `mas_empty_area`, `mas_empty_area_rev`).

use super::VmaTree;
use super::index::Index;
use super::node::Leaf;
use crate::VmaId;

/// A free range, as far as it lies within the limits of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// First free byte.
    pub start: u64,
    /// One past the last.
    pub end: u64,
    /// The next mapping above.
    pub above: Option<VmaId>,
    /// Which entry of its leaf that is.
    pub(super) pos: usize,
}

/// A search for `len` free bytes within `low..high`.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    low: u64,
    high: u64,
    len: u64,
}

impl Wanted {
    /// The part of a free range within the limits, if it is long enough.
    #[inline(always)]
    fn fit(&self, start: u64, end: u64, above: Option<VmaId>, pos: usize) -> Option<Gap> {
        let (start, end) = (start.max(self.low), end.min(self.high));
        (end.checked_sub(start)? >= self.len).then_some(Gap { start, end, above, pos })
    }

    /// The same for the free range below an entry.
    #[inline(always)]
    fn fit_below(&self, leaf: &Leaf, pos: usize) -> Option<Gap> {
        let entry = &leaf.entries()[pos];
        self.fit(leaf.gap_start(pos), entry.start, Some(entry.id), pos)
    }
}

impl VmaTree {
    /// The highest free range of at least `len` bytes within `low..high`.
    #[inline(always)]
    pub fn highest_gap(&self, low: u64, high: u64, len: u64) -> Option<Gap> {
        let wanted = Wanted { low, high, len };
        let above = wanted.fit(self.last_end(), u64::MAX, None, 0);
        match self.index.height {
            _ if above.is_some() => above,
            0 => highest_in_leaf(&self.index, self.index.root, &wanted),
            height => highest(&self.index, height, self.index.root, &wanted),
        }
    }

    /// The lowest free range of at least `len` bytes within `low..high`.
    pub fn lowest_gap(&self, low: u64, high: u64, len: u64) -> Option<Gap> {
        let wanted = Wanted { low, high, len };
        let below = lowest(&self.index, self.index.height, self.index.root, &wanted);
        below.or_else(|| wanted.fit(self.last_end(), u64::MAX, None, 0))
    }

    /// The end of the highest mapping, 0 without any.
    #[inline(always)]
    fn last_end(&self) -> u64 {
        self.last().map_or(0, |id| self.get(id).end.get())
    }
}

#[inline(never)]
fn highest(index: &Index, level: usize, node: u32, wanted: &Wanted) -> Option<Gap> {
    if level == 0 {
        return highest_in_leaf(index, node, wanted);
    }
    let inner = index.inner(node);
    for pos in (0..inner.len).rev() {
        let above_high = pos > 1 && inner.keys[pos - 1] >= wanted.high;
        if above_high || inner.gaps[pos] < wanted.len {
            continue;
        }
        if let Some(gap) = highest(index, level - 1, inner.children[pos], wanted) {
            return Some(gap);
        }
        if pos > 0 && inner.keys[pos] <= wanted.low {
            return None;
        }
    }
    None
}

#[inline(always)]
fn highest_in_leaf(index: &Index, leaf: u32, wanted: &Wanted) -> Option<Gap> {
    let leaf = index.leaf(leaf);
    for pos in (0..leaf.len).rev() {
        if let Some(gap) = wanted.fit_below(leaf, pos) {
            return Some(gap);
        }
    }
    None
}

fn lowest(index: &Index, level: usize, node: u32, wanted: &Wanted) -> Option<Gap> {
    if level == 0 {
        let leaf = index.leaf(node);
        return (0..leaf.len).find_map(|pos| wanted.fit_below(leaf, pos));
    }
    let inner = index.inner(node);
    for pos in 0..inner.len {
        let below_low = pos + 1 < inner.len && inner.keys[pos + 1] <= wanted.low;
        if below_low || inner.gaps[pos] < wanted.len {
            continue;
        }
        if pos > 1 && inner.keys[pos - 1] >= wanted.high {
            return None;
        }
        if let Some(gap) = lowest(index, level - 1, inner.children[pos], wanted) {
            return Some(gap);
        }
    }
    None
}
