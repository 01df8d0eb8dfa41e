//! The only source of chance of the generator: a PCG whose every draw is the same on every host.

use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};

/// A seeded random number generator with the few kinds of draws that a generator of scenarios needs.
#[derive(Clone, Debug)]
pub(super) struct Dice(Pcg64);

impl Dice {
    /// A generator whose draws depend on `seed` alone.
    pub(super) fn new(seed: u64) -> Self {
        Self(Pcg64::seed_from_u64(seed))
    }

    /// A number below `bound`; 0 if `bound` is 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.0.next_u64()) * u128::from(bound);
        (wide >> 64) as u64
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True in `percent` of 100 draws.
    pub(super) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One element of a list that is not empty.
    pub(super) fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }

    /// One element, each in proportion to its weight; the last if all weights are 0.
    pub(super) fn weighted<T: Copy>(&mut self, list: &[(u32, T)]) -> T {
        let sum: u64 = list.iter().map(|&(weight, _)| u64::from(weight)).sum();
        let mut at = self.below(sum);
        for &(weight, value) in list {
            if at < u64::from(weight) {
                return value;
            }
            at -= u64::from(weight);
        }
        list[list.len() - 1].1
    }

    /// A number from `low` to `high` whose logarithm is evenly spread: small ones are as likely as large ones.
    pub(super) fn spread(&mut self, low: u64, high: u64) -> u64 {
        let steps = (high / low.max(1)).max(1).ilog2() + 1;
        let floor = low.max(1) << self.below(u64::from(steps));
        self.between(floor, (floor * 2 - 1).min(high).max(floor))
    }
}

/// A size in the shortest of the forms that scenarios have: `2M`, `12K`, `4097`.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0 => "0".to_owned(),
        n if n % (1 << 20) == 0 => format!("{}M", n >> 20),
        n if n % (1 << 10) == 0 => format!("{}K", n >> 10),
        n => n.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_stay_in_their_bounds_and_repeat() {
        let (mut a, mut b) = (Dice::new(7), Dice::new(7));
        for _ in 0..1000 {
            let n = a.spread(3, 100);
            assert!((3..=100).contains(&n), "{n}");
            assert_eq!(n, b.spread(3, 100));
            assert_eq!(a.weighted(&[(0, 'x'), (3, 'y'), (0, 'z')]), 'y');
            b.below(3);
        }
    }

    #[test]
    fn sizes_are_written_short() {
        assert_eq!([0, 100, 4096, 3 << 20, 4097].map(size), ["0", "100", "4K", "3M", "4097"]);
    }
}
