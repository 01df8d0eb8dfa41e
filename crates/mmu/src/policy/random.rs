//! A resident page chosen at random, by PCG (a generator whose stream is fixed by its definition, so the same seed gives the same
//! victims everywhere).

use super::Policy;
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng, SeedableRng};

/// See the module.
#[derive(Clone, Debug)]
pub struct Random {
    resident: Vec<u32>,
    generator: Pcg64Mcg,
}

impl Random {
    /// An empty memory.
    pub fn new(seed: u64) -> Self {
        Random { resident: Vec::new(), generator: Pcg64Mcg::seed_from_u64(seed) }
    }

    fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.generator.next_u64()) * n as u128) >> 64) as usize
    }
}

impl Policy for Random {
    fn touch(&mut self, _page: u32) {}

    fn evict(&mut self, _incoming: u32) -> Option<u32> {
        if self.resident.is_empty() {
            return None;
        }
        let at = self.below(self.resident.len());
        Some(self.resident.swap_remove(at))
    }

    fn insert(&mut self, page: u32) {
        self.resident.push(page);
    }

    fn clone_box(&self) -> Box<dyn Policy> {
        Box::new(self.clone())
    }
}
