//! Counts that remember how far they ever went, in calls as well as between them.

use serde::{Deserialize, Serialize};

/// A count with the highest it ever was, which is noted where it falls: what only grows is its own highest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HighWater {
    now: u64,
    high: u64,
}

impl HighWater {
    /// The count.
    pub fn now(self) -> u64 {
        self.now
    }

    /// The highest it ever was.
    pub fn high(self) -> u64 {
        self.high.max(self.now)
    }

    /// What it sums grew by `more`.
    #[inline]
    pub(crate) fn grow(&mut self, more: u64) {
        self.now += more;
    }

    /// One of what it sums was `from` and is `to`.
    #[inline]
    pub(crate) fn change(&mut self, from: u64, to: u64) {
        self.add(to.wrapping_sub(from) as i64);
    }

    /// What it sums is `more` more, or less.
    #[inline]
    pub(crate) fn add(&mut self, more: i64) {
        self.high = self.high.max(self.now);
        self.now = self.now.wrapping_add_signed(more);
    }
}

/// Frames in use, the most and the fewest there ever were. Both are noted where frames are given back: what goes up comes to its
/// highest before it goes down, so that taking a frame costs nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InUse {
    now: u32,
    most: u32,
    fewest: u32,
}

impl InUse {
    pub(crate) fn new(now: u32) -> InUse {
        InUse { now, most: now, fewest: now }
    }

    #[inline]
    pub(crate) fn now(self) -> u32 {
        self.now
    }

    /// The most and the fewest there were.
    pub(crate) fn extremes(self) -> (u32, u32) {
        (self.most.max(self.now), self.fewest)
    }

    #[inline]
    pub(crate) fn take(&mut self, frames: u32) {
        self.now += frames;
    }

    #[inline]
    pub(crate) fn give(&mut self, frames: u32) {
        self.most = self.most.max(self.now);
        self.now -= frames;
        self.fewest = self.fewest.min(self.now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_is_known_before_and_after_it_falls() {
        let mut count = HighWater::default();
        count.grow(8);
        assert_eq!(count.high(), 8);
        count.change(8, 3);
        count.change(0, 2);
        assert_eq!((count.now(), count.high()), (5, 8));
    }

    #[test]
    fn the_most_is_known_before_and_after_it_falls() {
        let mut used = InUse::new(5);
        used.take(7);
        assert_eq!(used.extremes(), (12, 5));
        used.give(10);
        used.take(1);
        assert_eq!((used.now(), used.extremes()), (3, (12, 2)));
    }

    #[test]
    fn a_sum_remembers_its_highest() {
        let mut sum = HighWater::default();
        sum.change(0, 10);
        sum.change(10, 4);
        sum.change(0, 3);
        assert_eq!((sum.now(), sum.high()), (7, 10));
    }
}
