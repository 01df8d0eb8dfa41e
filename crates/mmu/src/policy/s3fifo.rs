//! S3-FIFO (Yang and others, SOSP 2023): a small FIFO queue (a tenth of memory) filters pages that are not used again, a main FIFO
//! queue reinserts what was used, a ghost queue (as many pages as main holds) sends what left the small one too early
//! straight to the main one. A page's uses are counted up to 3; two uses in the small queue promote, with the count cleared.
//!
//! Where moving pages to main makes that longer than its share, nothing is evicted for it at once: the variant of the authors'
//! own libCacheSim, which evicts exactly one page a miss.

use super::Policy;
use super::list::{Links, List, PerPage};
use serde::{Deserialize, Serialize};

const MOST_USES: u8 = 3;
const PROMOTION: u8 = 2;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Place {
    #[default]
    Nowhere,
    Small,
    Main,
    Ghost,
}

/// See the module.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct S3Fifo {
    links: Links,
    place: PerPage<Place>,
    uses: PerPage<u8>,
    small: List,
    main: List,
    ghost: List,
    main_max: usize,
    /// The small queue is being gone through for a victim, however long main grows by that.
    sifting: bool,
}

impl S3Fifo {
    /// An empty memory of `capacity` pages.
    pub fn new(capacity: usize) -> Self {
        let small_max = (capacity / 10).max(1);
        S3Fifo {
            links: Links::default(),
            place: PerPage::default(),
            uses: PerPage::default(),
            small: List::default(),
            main: List::default(),
            ghost: List::default(),
            main_max: (capacity - small_max.min(capacity)).max(1),
            sifting: false,
        }
    }

    fn move_to_main(&mut self, page: u32) {
        self.main.push_head(&mut self.links, page);
        self.place.set(page, Place::Main);
    }

    fn small_candidate(&mut self) -> Option<u32> {
        while let Some(page) = self.small.tail() {
            if self.uses.get(page) < PROMOTION {
                return Some(page);
            }
            self.small.unlink(&mut self.links, page);
            self.uses.set(page, 0);
            self.move_to_main(page);
        }
        None
    }

    fn main_candidate(&mut self) -> Option<u32> {
        while let Some(page) = self.main.tail() {
            let uses = self.uses.get(page);
            if uses == 0 {
                return Some(page);
            }
            self.uses.set(page, uses - 1);
            self.main.move_to_head(&mut self.links, page);
        }
        None
    }

    fn remember(&mut self, page: u32) {
        if self.ghost.len() >= self.main_max
            && let Some(forgotten) = self.ghost.pop_tail(&mut self.links)
        {
            self.place.set(forgotten, Place::Nowhere);
        }
        self.ghost.push_head(&mut self.links, page);
        self.place.set(page, Place::Ghost);
    }

    fn leave(&mut self, page: u32) {
        match self.place.get(page) {
            Place::Small => self.small.unlink(&mut self.links, page),
            Place::Main => self.main.unlink(&mut self.links, page),
            Place::Ghost => self.ghost.unlink(&mut self.links, page),
            Place::Nowhere => {}
        }
        self.place.set(page, Place::Nowhere);
    }
}

impl Policy for S3Fifo {
    #[inline]
    fn holds(&self, page: u32) -> bool {
        matches!(self.place.get(page), Place::Small | Place::Main)
    }

    #[inline]
    fn touch(&mut self, page: u32) {
        let uses = self.uses.get(page);
        if uses < MOST_USES {
            self.uses.set(page, uses + 1);
        }
    }

    fn candidate(&mut self, _incoming: Option<u32>) -> Option<u32> {
        self.sifting |= self.main.len() <= self.main_max;
        if self.sifting
            && let Some(page) = self.small_candidate()
        {
            return Some(page);
        }
        self.main_candidate().or_else(|| self.small_candidate())
    }

    fn evict(&mut self, victim: u32) {
        self.sifting = false;
        let was_small = self.place.get(victim) == Place::Small;
        self.leave(victim);
        if was_small {
            self.remember(victim);
        }
    }

    fn insert(&mut self, page: u32) {
        self.uses.set(page, 0);
        if self.place.get(page) == Place::Ghost {
            self.leave(page);
            return self.move_to_main(page);
        }
        self.small.push_head(&mut self.links, page);
        self.place.set(page, Place::Small);
    }

    fn forget(&mut self, page: u32) {
        self.leave(page);
    }
}
