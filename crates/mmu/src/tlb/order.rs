//! The order in which the ways of a set were used: up to 16 way numbers in the nibbles of a word, the most recent lowest.

use serde::{Deserialize, Serialize};

const ONES: u64 = 0x1111_1111_1111_1111;
const HIGHS: u64 = ONES << 3;

/// Way numbers by recency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Order(u64);

/// The most ways an [`Order`] holds.
pub(super) const MAX_ORDERED: u32 = 16;

impl Order {
    /// Way 0 the most recent.
    pub(super) const START: Order = Order(0xfedc_ba98_7654_3210);

    /// The way at `position`, from the most recent.
    #[inline]
    pub(super) fn way(self, position: u32) -> usize {
        (self.0 >> (4 * position) & 15) as usize
    }

    /// `way` as the most recent.
    #[inline]
    pub(super) fn with_first(self, way: usize) -> Order {
        let newer = self.newer(way);
        Order(self.0 & !(newer << 4 | 15) | (self.0 & newer) << 4 | way as u64)
    }

    /// The least recent of `ways`, and the order with that as the most recent. What stands above the ways means nothing then.
    #[inline]
    pub(super) fn rotated(self, ways: u32) -> (usize, Order) {
        let last = self.0 >> (4 * (ways - 1)) & 15;
        (last as usize, Order(self.0 << 4 | last))
    }

    /// `way` as the least recent of `ways`.
    #[inline]
    pub(super) fn with_last(self, way: usize, ways: u32) -> Order {
        let used = u64::MAX >> (64 - 4 * ways);
        let newer = self.newer(way);
        let older = used & !(newer << 4 | 15);
        Order(self.0 & (newer | !used) | (self.0 & older) >> 4 | (way as u64) << (4 * (ways - 1)))
    }

    /// A mask of the nibbles of the ways more recent than `way`.
    #[inline]
    fn newer(self, way: usize) -> u64 {
        let differs = self.0 ^ (way as u64 * ONES);
        let lowest_zero = differs.wrapping_sub(ONES) & !differs & HIGHS;
        (lowest_zero & lowest_zero.wrapping_neg()).wrapping_sub(1) >> 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_order_of_use() {
        for ways in 1..=MAX_ORDERED {
            let mut order = Order::START;
            let mut list: Vec<usize> = (0..ways as usize).collect();
            for step in 0..200 {
                let way = step * 7 % ways as usize;
                list.retain(|&w| w != way);
                if step % 3 == 0 {
                    list.push(way);
                    order = order.with_last(way, ways);
                } else {
                    list.insert(0, way);
                    order = order.with_first(way);
                }
                if step % 5 == 0 {
                    list.rotate_right(1);
                    let (last, rotated) = order.rotated(ways);
                    assert_eq!(last, list[0]);
                    order = rotated;
                }
                let found: Vec<usize> = (0..ways).map(|position| order.way(position)).collect();
                assert_eq!(found, list);
            }
        }
    }
}
