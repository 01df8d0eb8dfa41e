//! 2Q, the full version (Johnson and Shasha, VLDB 1994): new pages pass a FIFO queue (A1in, Kin: a quarter of memory); those that
//! are used again soon after they left it (their numbers are remembered in A1out, Kout: half as many pages as memory
//! holds) go to the main LRU list (Am). A use of a page in A1in changes nothing.

use super::Policy;
use super::list::{Links, List, PerPage};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Place {
    #[default]
    Nowhere,
    In,
    Out,
    Main,
}

/// See the module.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TwoQ {
    links: Links,
    place: PerPage<Place>,
    inq: List,
    outq: List,
    main: List,
    in_max: usize,
    out_max: usize,
    /// The page that is about to come in was remembered in A1out, whatever falls out of that meanwhile.
    remembered: Option<u32>,
}

impl TwoQ {
    /// An empty memory of `capacity` pages.
    pub fn new(capacity: usize) -> Self {
        TwoQ {
            links: Links::default(),
            place: PerPage::default(),
            inq: List::default(),
            outq: List::default(),
            main: List::default(),
            in_max: (capacity / 4).max(1),
            out_max: (capacity / 2).max(1),
            remembered: None,
        }
    }

    fn remember(&mut self, page: u32) {
        if self.outq.len() >= self.out_max
            && let Some(forgotten) = self.outq.pop_tail(&mut self.links)
        {
            self.place.set(forgotten, Place::Nowhere);
        }
        self.outq.push_head(&mut self.links, page);
        self.place.set(page, Place::Out);
    }

    fn leave(&mut self, page: u32) {
        match self.place.get(page) {
            Place::In => self.inq.unlink(&mut self.links, page),
            Place::Out => self.outq.unlink(&mut self.links, page),
            Place::Main => self.main.unlink(&mut self.links, page),
            Place::Nowhere => {}
        }
        self.place.set(page, Place::Nowhere);
    }
}

impl Policy for TwoQ {
    #[inline]
    fn holds(&self, page: u32) -> bool {
        matches!(self.place.get(page), Place::In | Place::Main)
    }

    fn touch(&mut self, page: u32) {
        if self.place.get(page) == Place::Main {
            self.main.move_to_head(&mut self.links, page);
        }
    }

    fn miss(&mut self, page: u32) {
        self.remembered = (self.place.get(page) == Place::Out).then_some(page);
    }

    fn candidate(&mut self, _incoming: Option<u32>) -> Option<u32> {
        if self.inq.len() > self.in_max || self.main.is_empty() { self.inq.tail() } else { self.main.tail() }
    }

    fn evict(&mut self, victim: u32) {
        let was_in = self.place.get(victim) == Place::In;
        self.leave(victim);
        if was_in {
            self.remember(victim);
        }
    }

    fn insert(&mut self, page: u32) {
        self.leave(page);
        let (list, place) = match self.remembered.take() == Some(page) {
            true => (&mut self.main, Place::Main),
            false => (&mut self.inq, Place::In),
        };
        list.push_head(&mut self.links, page);
        self.place.set(page, place);
    }

    fn forget(&mut self, page: u32) {
        self.leave(page);
    }
}
