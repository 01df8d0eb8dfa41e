//! ARC (Megiddo and Modha, FAST 2003): two LRU lists, of pages seen once (T1) and more often (T2), whose share moves with the hits
//! among the pages that each lost last (ghost lists B1, B2).
//!
//! The target p is a real number, as in the paper. Ghosts that are too many go when the page comes in and not just before its
//! room is made, which leaves the same lists.

use super::Policy;
use super::list::{Links, List, PerPage};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Place {
    #[default]
    Nowhere,
    T1,
    T2,
    B1,
    B2,
}

/// See the module.
#[derive(Clone, Debug, Serialize, Deserialize)]
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

    fn list(&mut self, place: Place) -> Option<&mut List> {
        match place {
            Place::Nowhere => None,
            Place::T1 => Some(&mut self.t1),
            Place::T2 => Some(&mut self.t2),
            Place::B1 => Some(&mut self.b1),
            Place::B2 => Some(&mut self.b2),
        }
    }

    /// Moves a page to the head of a list, or out of all.
    fn move_to(&mut self, page: u32, place: Place) {
        let (was, mut links) = (self.place.get(page), std::mem::take(&mut self.links));
        if let Some(list) = self.list(was) {
            list.unlink(&mut links, page);
        }
        if let Some(list) = self.list(place) {
            list.push_head(&mut links, page);
        }
        self.links = links;
        self.place.set(page, place);
    }

    /// Case IV of the paper: a page that no list knew comes in; ghosts beyond the limits are forgotten.
    fn trim_ghosts(&mut self) {
        let l1 = self.t1.len() + self.b1.len();
        let oldest = if l1 >= self.capacity {
            self.b1.tail()
        } else if l1 + self.t2.len() + self.b2.len() >= 2 * self.capacity {
            self.b2.tail()
        } else {
            None
        };
        if let Some(ghost) = oldest {
            self.move_to(ghost, Place::Nowhere);
        }
    }
}

impl Policy for Arc {
    #[inline]
    fn holds(&self, page: u32) -> bool {
        matches!(self.place.get(page), Place::T1 | Place::T2)
    }

    fn touch(&mut self, page: u32) {
        match self.place.get(page) {
            Place::T2 => self.t2.move_to_head(&mut self.links, page),
            _ => self.move_to(page, Place::T2),
        }
    }

    /// The paper's adaptation: a hit in a ghost list moves the target towards that list's side.
    fn miss(&mut self, page: u32) {
        let (b1, b2) = (self.b1.len() as f64, self.b2.len() as f64);
        match self.place.get(page) {
            Place::B1 => self.target = (self.target + (b2 / b1).max(1.0)).min(self.capacity as f64),
            Place::B2 => self.target = (self.target - (b1 / b2).max(1.0)).max(0.0),
            _ => {}
        }
    }

    /// The paper's REPLACE.
    fn candidate(&mut self, incoming: Option<u32>) -> Option<u32> {
        let t1 = self.t1.len() as f64;
        let in_b2 = incoming.is_some_and(|page| self.place.get(page) == Place::B2);
        let from_t1 = t1 > self.target || (in_b2 && t1 == self.target);
        match from_t1 {
            true => self.t1.tail().or(self.t2.tail()),
            false => self.t2.tail().or(self.t1.tail()),
        }
    }

    fn evict(&mut self, victim: u32) {
        let ghosts = if self.place.get(victim) == Place::T1 { Place::B1 } else { Place::B2 };
        self.move_to(victim, ghosts);
    }

    fn insert(&mut self, page: u32) {
        if self.place.get(page) == Place::Nowhere {
            self.trim_ghosts();
            self.move_to(page, Place::T1);
        } else {
            self.move_to(page, Place::T2);
        }
    }

    fn forget(&mut self, page: u32) {
        self.move_to(page, Place::Nowhere);
    }
}
