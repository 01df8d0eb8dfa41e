//! Exact least recently used: every reference moves its page to the front.

use super::Policy;
use super::list::{Links, List};

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Lru {
    links: Links,
    stack: List,
}

impl Lru {
    /// An empty memory.
    pub fn new() -> Self {
        Lru::default()
    }
}

impl Policy for Lru {
    fn touch(&mut self, page: u32) {
        self.stack.move_to_head(&mut self.links, page);
    }

    fn evict(&mut self, _incoming: u32) -> Option<u32> {
        self.stack.pop_tail(&mut self.links)
    }

    fn insert(&mut self, page: u32) {
        self.stack.push_head(&mut self.links, page);
    }

    fn clone_box(&self) -> Box<dyn Policy> {
        Box::new(self.clone())
    }
}
