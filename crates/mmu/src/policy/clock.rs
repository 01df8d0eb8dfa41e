//! Second chance: a ring of pages with one reference bit each (Corbató 1968). A page comes in with its bit clear, behind the
//! hand.

use super::Policy;
use super::list::PerPage;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    ring: Vec<u32>,
    hand: usize,
    hole: Option<usize>,
    referenced: PerPage<bool>,
}

impl Clock {
    /// An empty memory.
    pub fn new() -> Self {
        Clock::default()
    }

    fn advance(&mut self) {
        self.hand = if self.hand + 1 >= self.ring.len() { 0 } else { self.hand + 1 };
    }
}

impl Policy for Clock {
    fn touch(&mut self, page: u32) {
        self.referenced.set(page, true);
    }

    fn evict(&mut self, _incoming: u32) -> Option<u32> {
        if self.ring.is_empty() {
            return None;
        }
        loop {
            let (at, page) = (self.hand, self.ring[self.hand]);
            self.advance();
            if !self.referenced.get(page) {
                self.hole = Some(at);
                return Some(page);
            }
            self.referenced.set(page, false);
        }
    }

    fn insert(&mut self, page: u32) {
        self.referenced.set(page, false);
        match self.hole.take() {
            Some(at) => self.ring[at] = page,
            None => self.ring.push(page),
        }
    }

    fn clone_box(&self) -> Box<dyn Policy> {
        Box::new(self.clone())
    }
}
