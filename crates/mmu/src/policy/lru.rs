//! Exact least recently used: every reference moves its page to the front.

use super::Policy;
use super::list::{Links, List, PerPage};
use serde::{Deserialize, Serialize};

/// See the module.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Lru {
    links: Links,
    stack: List,
    resident: PerPage<bool>,
}

impl Lru {
    /// An empty memory.
    pub fn new() -> Self {
        Lru::default()
    }
}

impl Policy for Lru {
    #[inline]
    fn holds(&self, page: u32) -> bool {
        self.resident.get(page)
    }

    #[inline]
    fn touch(&mut self, page: u32) {
        self.stack.move_to_head(&mut self.links, page);
    }

    fn candidate(&mut self, _incoming: Option<u32>) -> Option<u32> {
        self.stack.tail()
    }

    fn evict(&mut self, victim: u32) {
        self.forget(victim);
    }

    fn insert(&mut self, page: u32) {
        self.stack.push_head(&mut self.links, page);
        self.resident.set(page, true);
    }

    fn forget(&mut self, page: u32) {
        self.stack.unlink(&mut self.links, page);
        self.resident.set(page, false);
    }
}
