//! How long the collision chains of a hashed table are.

use std::collections::BTreeMap;

/// Lengths of the chains that are not empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chains {
    /// Buckets, empty ones included.
    pub buckets: u64,
    /// How many chains there are of each length.
    pub histogram: BTreeMap<u64, u64>,
}

impl Chains {
    /// Of the buckets that elements are in, one item an element.
    pub(super) fn of(buckets: u64, elements: impl Iterator<Item = u64>) -> Chains {
        let mut lengths = BTreeMap::<u64, u64>::new();
        elements.for_each(|bucket| *lengths.entry(bucket).or_default() += 1);
        let mut histogram = BTreeMap::new();
        lengths.values().for_each(|length| *histogram.entry(*length).or_default() += 1);
        Chains { buckets, histogram }
    }

    /// Elements in all chains.
    pub fn elements(&self) -> u64 {
        self.histogram.iter().map(|(length, chains)| length * chains).sum()
    }

    /// The longest.
    pub fn max(&self) -> u64 {
        self.histogram.keys().next_back().copied().unwrap_or(0)
    }

    /// The mean length of those that are not empty; 0 without one.
    pub fn mean(&self) -> f64 {
        match self.histogram.values().sum::<u64>() {
            0 => 0.0,
            chains => self.elements() as f64 / chains as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_counted_by_bucket() {
        let chains = Chains::of(8, [1, 5, 1, 1, 6].into_iter());
        assert_eq!(chains.histogram, BTreeMap::from([(1, 2), (3, 1)]));
        assert_eq!((chains.elements(), chains.max()), (5, 3));
        assert!((chains.mean() - 5.0 / 3.0).abs() < 1e-9);
    }
}
