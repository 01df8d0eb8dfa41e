//! SIEVE (Zhang and others, NSDI 2024): a FIFO queue whose visited pages are kept in place while a hand sifts from the oldest
//! to the newest.

use super::Policy;
use super::list::{Links, List, NIL, PerPage};

/// See the module.
#[derive(Clone, Debug)]
pub struct Sieve {
    links: Links,
    queue: List,
    visited: PerPage<bool>,
    hand: u32,
}

impl Default for Sieve {
    fn default() -> Self {
        Sieve { links: Links::default(), queue: List::default(), visited: PerPage::default(), hand: NIL }
    }
}

impl Sieve {
    /// An empty memory.
    pub fn new() -> Self {
        Sieve::default()
    }
}

impl Policy for Sieve {
    fn touch(&mut self, page: u32) {
        self.visited.set(page, true);
    }

    fn evict(&mut self, _incoming: u32) -> Option<u32> {
        let oldest = self.queue.tail()?;
        let mut at = if self.hand == NIL { oldest } else { self.hand };
        while self.visited.get(at) {
            self.visited.set(at, false);
            at = match self.links.prev(at) {
                NIL => oldest,
                newer => newer,
            };
        }
        self.hand = self.links.prev(at);
        self.queue.unlink(&mut self.links, at);
        Some(at)
    }

    fn insert(&mut self, page: u32) {
        self.visited.set(page, false);
        self.queue.push_head(&mut self.links, page);
    }

    fn clone_box(&self) -> Box<dyn Policy> {
        Box::new(self.clone())
    }
}
