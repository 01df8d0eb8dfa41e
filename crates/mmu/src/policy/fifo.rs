//! First in, first out: a page's age in memory decides, not its use. Shows Belady's anomaly.

use super::Policy;
use super::list::{Links, List, PerPage};
use serde::{Deserialize, Serialize};

/// See the module.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Fifo {
    links: Links,
    queue: List,
    resident: PerPage<bool>,
}

impl Fifo {
    /// An empty memory.
    pub fn new() -> Self {
        Fifo::default()
    }
}

impl Policy for Fifo {
    #[inline]
    fn holds(&self, page: u32) -> bool {
        self.resident.get(page)
    }

    #[inline]
    fn touch(&mut self, _page: u32) {}

    fn candidate(&mut self, _incoming: Option<u32>) -> Option<u32> {
        self.queue.tail()
    }

    fn evict(&mut self, victim: u32) {
        self.forget(victim);
    }

    fn insert(&mut self, page: u32) {
        self.queue.push_head(&mut self.links, page);
        self.resident.set(page, true);
    }

    fn forget(&mut self, page: u32) {
        self.queue.unlink(&mut self.links, page);
        self.resident.set(page, false);
    }
}
