//! Free frames as compaction sees them, and when it is put off (Linux: `compaction_suitable`, `defer_compaction`).

use super::{Phys, Zone};
use crate::Pfn;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The most attempts that are passed over, as log2 (COMPACT_MAX_DEFER_SHIFT).
const MAX_SHIFT: u32 = 6;

/// What a zone remembers of compactions that failed (Linux: `compact_considered`, `compact_defer_shift`, `compact_order_failed`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deferral {
    considered: u32,
    shift: u32,
    order_failed: u32,
}

impl Deferral {
    /// Whether an attempt is to be passed over (`compaction_deferred`).
    pub(crate) fn is_deferred(&mut self, order: u32) -> bool {
        if order < self.order_failed {
            return false;
        }
        let limit = 1 << self.shift;
        self.considered = (self.considered + 1).min(limit);
        self.considered < limit
    }

    /// One failed: twice as many are passed over as after the last.
    pub(crate) fn defer(&mut self, order: u32) {
        let order_failed = self.order_failed.min(order);
        *self = Deferral { considered: 0, shift: (self.shift + 1).min(MAX_SHIFT), order_failed };
    }

    /// One made a block (`compaction_defer_reset`).
    pub(crate) fn succeeded(&mut self, order: u32) {
        self.order_failed = self.order_failed.max(order + 1);
    }

    /// And it was had.
    pub(crate) fn allocated(&mut self, order: u32) {
        (self.considered, self.shift) = (0, 0);
        self.succeeded(order);
    }
}

impl Zone {
    /// Whether, above a watermark, it has the free frames that compaction for a block of 2^`order` takes: twice as many (`compact_gap`).
    pub(crate) fn suits_compaction(&self, mark: u64, order: u32) -> bool {
        self.is_above(mark + (2 << order), 0)
    }

    /// Whether reclaim leaves the rest to compaction (`compaction_ready`).
    pub(crate) fn is_compaction_ready(&self, order: u32) -> bool {
        self.suits_compaction(self.watermarks().high + self.watermarks().low - self.watermarks().min, order)
    }
}

impl Phys {
    /// Takes these free frames of one zone.
    pub(crate) fn take_these(&mut self, frames: &BTreeSet<u32>) {
        if let Some(last) = frames.last() {
            self.zones.of(Pfn(*last)).take_these(frames);
            self.used.take(frames.len() as u32);
            self.describe(Pfn(*last));
        }
    }

    /// A page has moved: its charge and its place in the policy's order go with it.
    pub(crate) fn move_account(&mut self, from: Pfn, to: Pfn) {
        if let Some(memcg) = &mut self.memcg {
            memcg.move_charge(from, to);
        }
        if let Some(lruvec) = &mut self.lruvec {
            lruvec.rename(from, to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_put_it_off_until_it_succeeds() {
        let mut deferral = Deferral::default();
        assert!(!deferral.is_deferred(9));
        deferral.defer(9);
        assert_eq!([0; 3].map(|_| deferral.is_deferred(9)), [true, false, false], "one of two");
        deferral.defer(9);
        assert_eq!([0; 4].map(|_| deferral.is_deferred(9)), [true, true, true, false]);
        deferral.allocated(9);
        assert!(!deferral.is_deferred(9));
        (0..9).for_each(|_| deferral.defer(9));
        assert_eq!((0..100).take_while(|_| deferral.is_deferred(9)).count(), 63);
    }
}
