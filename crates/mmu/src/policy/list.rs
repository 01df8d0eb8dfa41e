//! Doubly linked lists of pages over shared link arrays: O(1) at both ends and in the middle, no allocation per page.
//!
//! A page is in at most one list of a [`Links`] at a time; which one is the policy's to know.

use serde::{Deserialize, Serialize};

/// The end of a list.
pub const NIL: u32 = u32::MAX;

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

impl Links {
    fn reach(&mut self, page: u32) {
        let needed = page as usize + 1;
        if self.next.len() < needed {
            self.next.resize(needed, NIL);
            self.prev.resize(needed, NIL);
        }
    }

    /// The page nearer to the head.
    pub fn prev(&self, page: u32) -> u32 {
        self.prev[page as usize]
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
    pub fn push_head(&mut self, links: &mut Links, page: u32) {
        links.reach(page);
        links.prev[page as usize] = NIL;
        links.next[page as usize] = self.head;
        match self.head {
            NIL => self.tail = page,
            head => links.prev[head as usize] = page,
        }
        self.head = page;
        self.len += 1;
    }

    /// Puts a page in at the tail.
    pub fn push_tail(&mut self, links: &mut Links, page: u32) {
        links.reach(page);
        links.next[page as usize] = NIL;
        links.prev[page as usize] = self.tail;
        match self.tail {
            NIL => self.head = page,
            tail => links.next[tail as usize] = page,
        }
        self.tail = page;
        self.len += 1;
    }

    /// Puts a page in on that side of `at`, which is in this list, where the head is.
    pub fn insert_before(&mut self, links: &mut Links, at: u32, page: u32) {
        links.reach(page);
        let before = std::mem::replace(&mut links.prev[at as usize], page);
        links.prev[page as usize] = before;
        links.next[page as usize] = at;
        match before {
            NIL => self.head = page,
            before => links.next[before as usize] = page,
        }
        self.len += 1;
    }

    /// Takes the page at the tail.
    pub fn pop_tail(&mut self, links: &mut Links) -> Option<u32> {
        let page = self.tail()?;
        self.unlink(links, page);
        Some(page)
    }

    /// Takes a page that is in this list out of it.
    pub fn unlink(&mut self, links: &mut Links, page: u32) {
        let (prev, next) = (links.prev[page as usize], links.next[page as usize]);
        match prev {
            NIL => self.head = next,
            prev => links.next[prev as usize] = next,
        }
        match next {
            NIL => self.tail = prev,
            next => links.prev[next as usize] = prev,
        }
        self.len -= 1;
    }

    /// Moves a page that is in this list to the head.
    pub fn move_to_head(&mut self, links: &mut Links, page: u32) {
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
