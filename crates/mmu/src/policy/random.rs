//! A resident page chosen at random, by PCG (a generator whose stream is fixed by its definition, so the same seed gives the same
//! victims everywhere).

use super::Policy;
use super::list::PerPage;
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

/// See the module.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Random {
    resident: Vec<u32>,
    /// Where in `resident` a page is, counted from 1; 0 if it is not.
    place: PerPage<u32>,
    /// Drawn, and not gone yet.
    drawn: Option<u32>,
    generator: Pcg64Mcg,
}

impl Random {
    /// An empty memory.
    pub fn new(seed: u64) -> Self {
        Random {
            resident: Vec::new(),
            place: PerPage::default(),
            drawn: None,
            generator: Pcg64Mcg::seed_from_u64(seed),
        }
    }

    fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.generator.next_u64()) * n as u128) >> 64) as usize
    }
}

impl Policy for Random {
    #[inline]
    fn holds(&self, page: u32) -> bool {
        self.place.get(page) != 0
    }

    #[inline]
    fn touch(&mut self, _page: u32) {}

    fn candidate(&mut self, _incoming: Option<u32>) -> Option<u32> {
        if self.drawn.is_none() && !self.resident.is_empty() {
            let at = self.below(self.resident.len());
            self.drawn = Some(self.resident[at]);
        }
        self.drawn
    }

    fn evict(&mut self, victim: u32) {
        self.forget(victim);
    }

    fn insert(&mut self, page: u32) {
        self.resident.push(page);
        self.place.set(page, self.resident.len() as u32);
    }

    fn forget(&mut self, page: u32) {
        let at = self.place.get(page) as usize - 1;
        self.place.set(page, 0);
        self.resident.swap_remove(at);
        if let Some(&moved) = self.resident.get(at) {
            self.place.set(moved, at as u32 + 1);
        }
        self.drawn = self.drawn.filter(|&drawn| drawn != page);
    }
}
