//! ARC (Megiddo and Modha, FAST 2003): two LRU lists, of pages seen once (T1) and more often (T2), whose share moves with the hits
//! among the pages that each lost last (ghost lists B1, B2).

use super::Policy;
use super::list::{Links, List, PerPage};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Nowhere,
    T1,
    T2,
    B1,
    B2,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Arc {
    capacity: usize,
    target: f64,
    links: Links,
    place: PerPage<Place>,
    t1: List,
    t2: List,
    b1: List,
    b2: List,
}

impl Arc {
    /// An empty memory of `capacity` pages.
    pub fn new(capacity: usize) -> Self {
        Arc {
            capacity,
            target: 0.0,
            links: Links::default(),
            place: PerPage::default(),
            t1: List::default(),
            t2: List::default(),
            b1: List::default(),
            b2: List::default(),
        }
    }

    /// The paper's adaptation: a hit in a ghost list moves the target towards that list's side.
    fn adapt(&mut self, place: Place) {
        let (b1, b2) = (self.b1.len() as f64, self.b2.len() as f64);
        match place {
            Place::B1 => self.target = (self.target + (b2 / b1).max(1.0)).min(self.capacity as f64),
            Place::B2 => self.target = (self.target - (b1 / b2).max(1.0)).max(0.0),
            _ => {}
        }
    }

    /// The paper's REPLACE: the victim stays as a ghost.
    fn replace(&mut self, in_b2: bool) -> Option<u32> {
        let t1 = self.t1.len() as f64;
        let from_t1 = !self.t1.is_empty() && (t1 > self.target || (in_b2 && t1 == self.target));
        if from_t1 || self.t2.is_empty() {
            let victim = self.t1.pop_tail(&mut self.links)?;
            self.b1.push_head(&mut self.links, victim);
            self.place.set(victim, Place::B1);
            return Some(victim);
        }
        let victim = self.t2.pop_tail(&mut self.links)?;
        self.b2.push_head(&mut self.links, victim);
        self.place.set(victim, Place::B2);
        Some(victim)
    }

    /// Case IV of the paper: a page that no list knows.
    fn make_room_for_new(&mut self) -> Option<u32> {
        if self.t1.len() + self.b1.len() >= self.capacity {
            if self.b1.is_empty() {
                let victim = self.t1.pop_tail(&mut self.links)?;
                self.place.set(victim, Place::Nowhere);
                return Some(victim);
            }
            self.forget_b1();
        } else if self.t1.len() + self.t2.len() + self.b1.len() + self.b2.len() >= 2 * self.capacity {
            self.forget_b2();
        }
        self.replace(false)
    }

    fn forget_b1(&mut self) {
        if let Some(ghost) = self.b1.pop_tail(&mut self.links) {
            self.place.set(ghost, Place::Nowhere);
        }
    }

    fn forget_b2(&mut self) {
        if let Some(ghost) = self.b2.pop_tail(&mut self.links) {
            self.place.set(ghost, Place::Nowhere);
        }
    }
}

impl Policy for Arc {
    fn touch(&mut self, page: u32) {
        if self.place.get(page) == Place::T1 {
            self.t1.unlink(&mut self.links, page);
            self.t2.push_head(&mut self.links, page);
            self.place.set(page, Place::T2);
        } else {
            self.t2.move_to_head(&mut self.links, page);
        }
    }

    fn evict(&mut self, incoming: u32) -> Option<u32> {
        let place = self.place.get(incoming);
        if place == Place::Nowhere {
            return self.make_room_for_new();
        }
        self.adapt(place);
        self.replace(place == Place::B2)
    }

    fn insert(&mut self, page: u32) {
        match self.place.get(page) {
            Place::B1 => self.b1.unlink(&mut self.links, page),
            Place::B2 => self.b2.unlink(&mut self.links, page),
            _ => {
                self.t1.push_head(&mut self.links, page);
                return self.place.set(page, Place::T1);
            }
        }
        self.t2.push_head(&mut self.links, page);
        self.place.set(page, Place::T2);
    }

    fn clone_box(&self) -> Box<dyn Policy> {
        Box::new(self.clone())
    }
}
