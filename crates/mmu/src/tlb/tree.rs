//! Tree pseudo-LRU: a bit for each inner node of a binary tree over the ways, which points to the half that was not used last.
//!
//! Where the number of ways is no power of two, the tree is that of the next one and never leads beyond the last way.

use serde::{Deserialize, Serialize};

/// The bits, the root's at 1, the children of node n at 2n and 2n + 1; for up to 128 ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tree(pub(super) u128);

impl Tree {
    /// Turns the bits on the way to `way` to its other side.
    pub(super) fn touch(&mut self, way: usize, ways: u32) {
        let mut node = 1;
        let mut half = ways.next_power_of_two() as usize / 2;
        while half > 0 {
            let right = usize::from(way & half != 0);
            self.0 = self.0 & !(1 << node) | (1 - right as u128) << node;
            node = 2 * node + right;
            half /= 2;
        }
    }

    /// The way that the bits point to.
    pub(super) fn victim(self, ways: u32) -> usize {
        let (mut node, mut way) = (1, 0);
        let mut half = ways.next_power_of_two() as usize / 2;
        while half > 0 {
            let right = self.0 >> node & 1 != 0 && way + half < ways as usize;
            if right {
                way += half;
            }
            node = 2 * node + usize::from(right);
            half /= 2;
        }
        way
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of four ways that textbooks draw: after uses of 0, 2, 1 and 3 the tree points to 0.
    #[test]
    fn points_away_from_what_was_used() {
        let mut tree = Tree::default();
        let victims = [0, 2, 1, 3].map(|way| {
            tree.touch(way, 4);
            tree.victim(4)
        });
        assert_eq!(victims, [2, 1, 3, 0]);
    }

    #[test]
    fn never_leads_beyond_the_last_way() {
        for ways in 1..=128 {
            let mut tree = Tree::default();
            for step in 0..3 * ways as usize {
                let victim = tree.victim(ways);
                assert!(victim < ways as usize, "{ways} ways, step {step}");
                tree.touch(victim, ways);
            }
        }
    }
}
