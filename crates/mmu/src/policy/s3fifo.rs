//! S3-FIFO (Yang and others, SOSP 2023): a small FIFO queue (a tenth of memory) filters pages that are not used again, a main FIFO
//! queue reinserts what was used, a ghost queue (as many pages as main holds) sends what left the small one too early
//! straight to the main one. A page's uses are counted up to 3; two uses in the small queue promote.

use super::Policy;
use super::list::{Links, List, PerPage};

const MOST_USES: u8 = 3;
const PROMOTION: u8 = 2;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Nowhere,
    Small,
    Main,
    Ghost,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct S3Fifo {
    links: Links,
    place: PerPage<Place>,
    uses: PerPage<u8>,
    small: List,
    main: List,
    ghost: List,
    main_max: usize,
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
        }
    }

    fn move_to_main(&mut self, page: u32) {
        self.main.push_head(&mut self.links, page);
        self.place.set(page, Place::Main);
    }

    fn evict_small(&mut self) -> Option<u32> {
        while let Some(page) = self.small.pop_tail(&mut self.links) {
            if self.uses.get(page) >= PROMOTION {
                self.uses.set(page, 0);
                self.move_to_main(page);
                continue;
            }
            self.remember(page);
            return Some(page);
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

    fn evict_main(&mut self) -> Option<u32> {
        while let Some(page) = self.main.pop_tail(&mut self.links) {
            let uses = self.uses.get(page);
            if uses == 0 {
                self.place.set(page, Place::Nowhere);
                return Some(page);
            }
            self.uses.set(page, uses - 1);
            self.main.push_head(&mut self.links, page);
        }
        None
    }
}

impl Policy for S3Fifo {
    fn touch(&mut self, page: u32) {
        self.uses.set(page, (self.uses.get(page) + 1).min(MOST_USES));
    }

    fn evict(&mut self, _incoming: u32) -> Option<u32> {
        if self.main.len() > self.main_max || self.small.is_empty() {
            return self.evict_main();
        }
        self.evict_small().or_else(|| self.evict_main())
    }

    fn insert(&mut self, page: u32) {
        self.uses.set(page, 0);
        if self.place.get(page) == Place::Ghost {
            self.ghost.unlink(&mut self.links, page);
            return self.move_to_main(page);
        }
        self.small.push_head(&mut self.links, page);
        self.place.set(page, Place::Small);
    }

    fn clone_box(&self) -> Box<dyn Policy> {
        Box::new(self.clone())
    }
}
