//! Belady's optimal replacement (1966): evicts the page whose next use is furthest away. Needs the future, so it is a bound
//! for the others, not a policy one can run.

use super::Policy;
use super::list::PerPage;
use std::collections::BinaryHeap;

/// Never used again.
const NEVER: u64 = u64::MAX;

/// For each reference, at which reference its page is used next; `u64::MAX` where it is not.
pub fn next_uses(references: &[u32]) -> Vec<u64> {
    let mut later = PerPage::<Option<u64>>::default();
    let mut next = vec![NEVER; references.len()];
    for (at, &page) in references.iter().enumerate().rev() {
        next[at] = later.get(page).unwrap_or(NEVER);
        later.set(page, Some(at as u64));
    }
    next
}

/// See the module. Its calls must follow the string it was given, reference by reference.
#[derive(Clone, Debug)]
pub struct Opt {
    next: Vec<u64>,
    now: usize,
    due: PerPage<Option<u64>>,
    heap: BinaryHeap<(u64, u32)>,
}

impl Opt {
    /// An empty memory, before the first of `references`.
    pub fn new(references: &[u32]) -> Self {
        Opt { next: next_uses(references), now: 0, due: PerPage::default(), heap: BinaryHeap::new() }
    }

    fn refer(&mut self, page: u32) {
        let next = self.next.get(self.now).copied().unwrap_or(NEVER);
        self.now += 1;
        self.due.set(page, Some(next));
        self.heap.push((next, page));
    }
}

impl Policy for Opt {
    fn touch(&mut self, page: u32) {
        self.refer(page);
    }

    fn evict(&mut self, _incoming: u32) -> Option<u32> {
        while let Some((due, page)) = self.heap.pop() {
            if self.due.get(page) == Some(due) {
                self.due.set(page, None);
                return Some(page);
            }
        }
        None
    }

    fn insert(&mut self, page: u32) {
        self.refer(page);
    }

    fn clone_box(&self) -> Box<dyn Policy> {
        Box::new(self.clone())
    }
}
