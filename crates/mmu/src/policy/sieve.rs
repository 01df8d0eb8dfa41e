//! SIEVE (Zhang and others, NSDI 2024): a FIFO queue whose visited pages are kept in place while a hand sifts from the oldest
//! to the newest.

use super::Policy;
use super::list::{Linked, Links, List, NIL, PerPage};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    #[default]
    Absent,
    Resident,
    Visited,
}

/// See the module.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sieve {
    links: Links,
    queue: List,
    state: PerPage<State>,
    hand: u32,
}

impl Default for Sieve {
    fn default() -> Self {
        Sieve { links: Links::default(), queue: List::default(), state: PerPage::default(), hand: NIL }
    }
}

impl Sieve {
    /// An empty memory.
    pub fn new() -> Self {
        Sieve::default()
    }
}

impl Policy for Sieve {
    #[inline]
    fn holds(&self, page: u32) -> bool {
        self.state.get(page) != State::Absent
    }

    #[inline]
    fn touch(&mut self, page: u32) {
        self.state.set(page, State::Visited);
    }

    fn candidate(&mut self, _incoming: Option<u32>) -> Option<u32> {
        let oldest = self.queue.tail()?;
        let mut at = if self.hand == NIL { oldest } else { self.hand };
        while self.state.get(at) == State::Visited {
            self.state.set(at, State::Resident);
            at = match self.links.prev(at) {
                NIL => oldest,
                newer => newer,
            };
        }
        self.hand = at;
        Some(at)
    }

    fn evict(&mut self, victim: u32) {
        self.forget(victim);
    }

    fn insert(&mut self, page: u32) {
        self.state.set(page, State::Resident);
        self.queue.push_head(&mut self.links, page);
    }

    fn forget(&mut self, page: u32) {
        if self.hand == page {
            self.hand = self.links.prev(page);
        }
        self.queue.unlink(&mut self.links, page);
        self.state.set(page, State::Absent);
    }
}
