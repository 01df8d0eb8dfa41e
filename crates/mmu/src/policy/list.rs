//! Doubly linked lists of pages over shared link arrays: O(1) at both ends and in the middle, no allocation per page.
//!
//! A page is in at most one list of a [`Links`] at a time; which one is the policy's to know.

use serde::{Deserialize, Serialize};

/// The end of a list.
pub const NIL: u32 = u32::MAX;

/// Where pages have their links.
pub trait Linked {
    /// The page nearer to the head.
    fn prev(&self, page: u32) -> u32;
    /// The page nearer to the tail.
    fn next(&self, page: u32) -> u32;
    /// Sets the former.
    fn set_prev(&mut self, page: u32, prev: u32);
    /// Sets the latter.
    fn set_next(&mut self, page: u32, next: u32);
    /// Makes room for a page that is about to go into a list.
    fn reach(&mut self, page: u32);
}

/// The links of all pages.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Links {
    prev: Vec<u32>,
    next: Vec<u32>,
}

/// One list: its ends and its length.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct List {
    head: u32,
    tail: u32,
    len: u32,
}

impl Default for List {
    fn default() -> Self {
        List { head: NIL, tail: NIL, len: 0 }
    }
}

impl Linked for Links {
    fn reach(&mut self, page: u32) {
        let needed = page as usize + 1;
        if self.next.len() < needed {
            self.next.resize(needed, NIL);
            self.prev.resize(needed, NIL);
        }
    }

    fn prev(&self, page: u32) -> u32 {
        self.prev[page as usize]
    }

    fn next(&self, page: u32) -> u32 {
        self.next[page as usize]
    }

    fn set_prev(&mut self, page: u32, prev: u32) {
        self.prev[page as usize] = prev;
    }

    fn set_next(&mut self, page: u32, next: u32) {
        self.next[page as usize] = next;
    }
}

impl List {
    /// Pages in it.
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether no page is in it.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The page at the tail, the one that went in first.
    pub fn tail(&self) -> Option<u32> {
        (self.tail != NIL).then_some(self.tail)
    }

    /// Puts a page in at the head.
    pub fn push_head(&mut self, links: &mut impl Linked, page: u32) {
        links.reach(page);
        links.set_prev(page, NIL);
        links.set_next(page, self.head);
        match self.head {
            NIL => self.tail = page,
            head => links.set_prev(head, page),
        }
        self.head = page;
        self.len += 1;
    }

    /// Puts a page in at the tail.
    pub fn push_tail(&mut self, links: &mut impl Linked, page: u32) {
        links.reach(page);
        links.set_next(page, NIL);
        links.set_prev(page, self.tail);
        match self.tail {
            NIL => self.head = page,
            tail => links.set_next(tail, page),
        }
        self.tail = page;
        self.len += 1;
    }

    /// Puts a page in on that side of `at`, which is in this list, where the head is.
    pub fn insert_before(&mut self, links: &mut impl Linked, at: u32, page: u32) {
        links.reach(page);
        let before = links.prev(at);
        links.set_prev(at, page);
        links.set_prev(page, before);
        links.set_next(page, at);
        match before {
            NIL => self.head = page,
            before => links.set_next(before, page),
        }
        self.len += 1;
    }

    /// Takes the page at the tail.
    pub fn pop_tail(&mut self, links: &mut impl Linked) -> Option<u32> {
        let page = self.tail()?;
        self.unlink(links, page);
        Some(page)
    }

    /// Takes a page that is in this list out of it.
    pub fn unlink(&mut self, links: &mut impl Linked, page: u32) {
        let (prev, next) = (links.prev(page), links.next(page));
        match prev {
            NIL => self.head = next,
            prev => links.set_next(prev, next),
        }
        match next {
            NIL => self.tail = prev,
            next => links.set_prev(next, prev),
        }
        self.len -= 1;
    }

    /// Moves a page that is in this list to the head.
    pub fn move_to_head(&mut self, links: &mut impl Linked, page: u32) {
        if self.head != page {
            self.unlink(links, page);
            self.push_head(links, page);
        }
    }
}

/// A value a page, the default where none was set.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PerPage<T> {
    values: Vec<T>,
}

impl<T: Copy + Default> PerPage<T> {
    /// A page's value.
    pub fn get(&self, page: u32) -> T {
        self.values.get(page as usize).copied().unwrap_or_default()
    }

    /// Sets a page's value.
    pub fn set(&mut self, page: u32, value: T) {
        if self.values.len() <= page as usize {
            self.values.resize(page as usize + 1, T::default());
        }
        self.values[page as usize] = value;
    }
}
