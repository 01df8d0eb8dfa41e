//! First in, first out: a page's age in memory decides, not its use. Shows Belady's anomaly.

use super::Policy;
use super::list::{Links, List};

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Fifo {
    links: Links,
    queue: List,
}

impl Fifo {
    /// An empty memory.
    pub fn new() -> Self {
        Fifo::default()
    }
}

impl Policy for Fifo {
    fn touch(&mut self, _page: u32) {}

    fn evict(&mut self, _incoming: u32) -> Option<u32> {
        self.queue.pop_tail(&mut self.links)
    }

    fn insert(&mut self, page: u32) {
        self.queue.push_head(&mut self.links, page);
    }

    fn clone_box(&self) -> Box<dyn Policy> {
        Box::new(self.clone())
    }
}
