//! Second chance: a ring of pages with one reference bit each (Corbató 1968). A page comes in with its bit clear, behind the
//! hand; where a page was forgotten before, a new one takes its place in the ring.

use super::Policy;
use super::list::PerPage;
use serde::{Deserialize, Serialize};

/// What is known of a page: 0 if it is not resident, so that one look-up answers both questions of a hit.
const RESIDENT: u8 = 1;
const REFERENCED: u8 = 2;
/// A place in the ring without a page.
const HOLE: u32 = u32::MAX;

/// See the module.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Clock {
    ring: Vec<u32>,
    hand: usize,
    state: PerPage<u8>,
    place: PerPage<u32>,
    holes: Vec<u32>,
}

impl Clock {
    /// An empty memory.
    pub fn new() -> Self {
        Clock::default()
    }

    fn advance(&mut self) {
        self.hand = if self.hand + 1 >= self.ring.len() { 0 } else { self.hand + 1 };
    }

    fn leave(&mut self, page: u32) {
        let at = self.place.get(page);
        self.state.set(page, 0);
        self.ring[at as usize] = HOLE;
        self.holes.push(at);
    }
}

impl Policy for Clock {
    #[inline]
    fn holds(&self, page: u32) -> bool {
        self.state.get(page) != 0
    }

    #[inline]
    fn touch(&mut self, page: u32) {
        self.state.set(page, REFERENCED);
    }

    fn candidate(&mut self, _incoming: Option<u32>) -> Option<u32> {
        if self.ring.len() == self.holes.len() {
            return None;
        }
        loop {
            let page = self.ring[self.hand];
            if page != HOLE {
                if self.state.get(page) == RESIDENT {
                    return Some(page);
                }
                self.state.set(page, RESIDENT);
            }
            self.advance();
        }
    }

    fn evict(&mut self, victim: u32) {
        if self.ring.get(self.hand) == Some(&victim) {
            self.advance();
        }
        self.leave(victim);
    }

    fn insert(&mut self, page: u32) {
        let at = match self.holes.pop() {
            Some(at) => at,
            None => {
                self.ring.push(HOLE);
                self.ring.len() as u32 - 1
            }
        };
        self.ring[at as usize] = page;
        self.place.set(page, at);
        self.state.set(page, RESIDENT);
    }

    fn forget(&mut self, page: u32) {
        self.leave(page);
    }
}
