//! 2Q, the full version (Johnson and Shasha, VLDB 1994): new pages pass a FIFO queue (A1in, a quarter of memory); those that are
//! used again soon after they left it (their numbers are remembered in A1out, for half as many pages as memory holds)
//! go to the main LRU list (Am).

use super::Policy;
use super::list::{Links, List, PerPage};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Nowhere,
    In,
    Out,
    Main,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct TwoQ {
    links: Links,
    place: PerPage<Place>,
    inq: List,
    outq: List,
    main: List,
    in_max: usize,
    out_max: usize,
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
        }
    }

    fn evict_new(&mut self) -> Option<u32> {
        let victim = self.inq.pop_tail(&mut self.links)?;
        if self.outq.len() >= self.out_max
            && let Some(forgotten) = self.outq.pop_tail(&mut self.links)
        {
            self.place.set(forgotten, Place::Nowhere);
        }
        self.outq.push_head(&mut self.links, victim);
        self.place.set(victim, Place::Out);
        Some(victim)
    }

    fn evict_main(&mut self) -> Option<u32> {
        let victim = self.main.pop_tail(&mut self.links)?;
        self.place.set(victim, Place::Nowhere);
        Some(victim)
    }
}

impl Policy for TwoQ {
    fn touch(&mut self, page: u32) {
        if self.place.get(page) == Place::Main {
            self.main.move_to_head(&mut self.links, page);
        }
    }

    fn evict(&mut self, _incoming: u32) -> Option<u32> {
        if self.inq.len() > self.in_max || self.main.is_empty() {
            self.evict_new()
        } else {
            self.evict_main()
        }
    }

    fn insert(&mut self, page: u32) {
        if self.place.get(page) == Place::Out {
            self.outq.unlink(&mut self.links, page);
            self.main.push_head(&mut self.links, page);
            self.place.set(page, Place::Main);
        } else {
            self.inq.push_head(&mut self.links, page);
            self.place.set(page, Place::In);
        }
    }

    fn clone_box(&self) -> Box<dyn Policy> {
        Box::new(self.clone())
    }
}
