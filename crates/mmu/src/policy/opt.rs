//! Belady's optimal replacement (1966): evicts the page whose next use is furthest away. Needs the future, so it is a bound
//! for the others, not a policy one can run.

use super::Policy;
use super::list::PerPage;
use serde::{Deserialize, Serialize};
use std::collections::BinaryHeap;

/// Never used again.
pub const NEVER: u64 = u64::MAX;

/// For each reference, at which reference its page is used next; [`NEVER`] where it is not.
pub fn next_uses(references: &[u32]) -> Vec<u64> {
    let mut later = PerPage::<Option<u64>>::default();
    let mut next = vec![NEVER; references.len()];
    for (at, &page) in references.iter().enumerate().rev() {
        next[at] = later.get(page).unwrap_or(NEVER);
        later.set(page, Some(at as u64));
    }
    next
}

/// See the module. Before each call for a reference it is told when that page is used next.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Opt {
    next: u64,
    due: PerPage<Option<u64>>,
    heap: BinaryHeap<(u64, u32)>,
}

impl Default for Opt {
    fn default() -> Self {
        Opt { next: NEVER, due: PerPage::default(), heap: BinaryHeap::new() }
    }
}

impl Opt {
    /// An empty memory.
    pub fn new() -> Self {
        Opt::default()
    }

    fn refer(&mut self, page: u32) {
        self.due.set(page, Some(self.next));
        self.heap.push((self.next, page));
    }
}

impl Policy for Opt {
    fn foretell(&mut self, next_use: u64) {
        self.next = next_use;
    }

    #[inline]
    fn holds(&self, page: u32) -> bool {
        self.due.get(page).is_some()
    }

    fn touch(&mut self, page: u32) {
        self.refer(page);
    }

    fn candidate(&mut self, _incoming: Option<u32>) -> Option<u32> {
        while let Some(&(due, page)) = self.heap.peek() {
            if self.due.get(page) == Some(due) {
                return Some(page);
            }
            self.heap.pop();
        }
        None
    }

    fn evict(&mut self, victim: u32) {
        self.forget(victim);
    }

    fn insert(&mut self, page: u32) {
        self.refer(page);
    }

    fn forget(&mut self, page: u32) {
        self.due.set(page, None);
    }
}
