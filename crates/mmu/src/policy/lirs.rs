//! LIRS (Jiang and Zhang, SIGMETRICS 2002): pages with a low inter-reference recency (LIR) hold all of memory but a hundredth; the
//! rest (HIR) pass through a FIFO queue and change sides when a page is used again while it is still in the stack S.
//!
//! Non-resident HIR pages are remembered in S without a bound but S's own pruning, as in the paper. The HIR share is the paper's
//! 1 %, at least a page. While memory fills, pages are LIR until their share is full.

use super::Policy;
use super::list::{Links, List, PerPage};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    #[default]
    Unknown,
    Lir,
    Hir,
    Gone,
}

/// See the module.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Lirs {
    stack_links: Links,
    queue_links: Links,
    stack: List,
    queue: List,
    state: PerPage<State>,
    in_stack: PerPage<bool>,
    lirs: usize,
    lir_max: usize,
}

impl Lirs {
    /// An empty memory of `capacity` pages.
    pub fn new(capacity: usize) -> Self {
        let hir_max = (capacity / 100).max(1);
        Lirs {
            stack_links: Links::default(),
            queue_links: Links::default(),
            stack: List::default(),
            queue: List::default(),
            state: PerPage::default(),
            in_stack: PerPage::default(),
            lirs: 0,
            lir_max: capacity.saturating_sub(hir_max).max(1),
        }
    }

    fn push_stack(&mut self, page: u32) {
        if self.in_stack.get(page) {
            self.stack.move_to_head(&mut self.stack_links, page);
        } else {
            self.stack.push_head(&mut self.stack_links, page);
            self.in_stack.set(page, true);
        }
    }

    /// Takes HIR pages off the bottom until a LIR page is there.
    fn prune(&mut self) {
        while let Some(bottom) = self.stack.tail() {
            match self.state.get(bottom) {
                State::Lir => return,
                State::Gone => self.state.set(bottom, State::Unknown),
                State::Hir | State::Unknown => {}
            }
            self.stack.unlink(&mut self.stack_links, bottom);
            self.in_stack.set(bottom, false);
        }
    }

    /// The LIR page at the bottom becomes a resident HIR page.
    fn demote_bottom(&mut self) {
        let Some(bottom) = self.stack.tail() else { return };
        self.stack.unlink(&mut self.stack_links, bottom);
        self.in_stack.set(bottom, false);
        self.state.set(bottom, State::Hir);
        self.lirs -= 1;
        self.queue.push_head(&mut self.queue_links, bottom);
        self.prune();
    }

    fn promote(&mut self, page: u32) {
        self.state.set(page, State::Lir);
        self.lirs += 1;
        self.push_stack(page);
        if self.lirs > self.lir_max {
            self.demote_bottom();
        }
    }
}

impl Policy for Lirs {
    #[inline]
    fn holds(&self, page: u32) -> bool {
        matches!(self.state.get(page), State::Lir | State::Hir)
    }

    fn touch(&mut self, page: u32) {
        if self.state.get(page) == State::Lir {
            let was_bottom = self.stack.tail() == Some(page);
            self.push_stack(page);
            if was_bottom {
                self.prune();
            }
        } else if self.in_stack.get(page) || self.lirs < self.lir_max {
            self.queue.unlink(&mut self.queue_links, page);
            self.promote(page);
        } else {
            self.push_stack(page);
            self.queue.move_to_head(&mut self.queue_links, page);
        }
    }

    fn candidate(&mut self, _incoming: Option<u32>) -> Option<u32> {
        if self.queue.is_empty() {
            self.demote_bottom();
        }
        self.queue.tail()
    }

    fn evict(&mut self, victim: u32) {
        self.queue.unlink(&mut self.queue_links, victim);
        self.state.set(victim, if self.in_stack.get(victim) { State::Gone } else { State::Unknown });
    }

    fn insert(&mut self, page: u32) {
        if self.lirs < self.lir_max || self.state.get(page) == State::Gone {
            self.promote(page);
        } else {
            self.state.set(page, State::Hir);
            self.push_stack(page);
            self.queue.push_head(&mut self.queue_links, page);
        }
    }

    fn forget(&mut self, page: u32) {
        match self.state.get(page) {
            State::Lir => self.lirs -= 1,
            State::Hir => self.queue.unlink(&mut self.queue_links, page),
            State::Gone | State::Unknown => {}
        }
        self.state.set(page, State::Unknown);
        if self.in_stack.get(page) {
            self.stack.unlink(&mut self.stack_links, page);
            self.in_stack.set(page, false);
        }
        self.prune();
    }
}
