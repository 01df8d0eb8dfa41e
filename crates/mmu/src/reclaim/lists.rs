//! The LRU lists of a node or memory cgroup and the batches in front of them (Linux: `struct lruvec`, `mm/swap.c`).
//!
//! A large folio is one entry of a list, and counts as its pages. A new page waits in a batch of 31 until the batch is full or a
//! scan drains it; so does one that is to be activated.

use crate::Pfn;
use crate::pieces::Pieces;
use crate::policy::list::{Linked, List, NIL};
use serde::{Deserialize, Serialize};

/// Pages that a batch holds (Linux: `FOLIO_BATCH_SIZE`).
pub(super) const BATCH: usize = 31;

/// The lists, in Linux's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LruList {
    /// Anonymous, to be scanned next.
    InactiveAnon,
    /// Anonymous, used repeatedly.
    ActiveAnon,
    /// Of files, to be scanned next.
    InactiveFile,
    /// Of files, used repeatedly.
    ActiveFile,
    /// Locked.
    Unevictable,
}

impl LruList {
    /// All of them.
    pub const ALL: [LruList; 5] = [
        LruList::InactiveAnon,
        LruList::ActiveAnon,
        LruList::InactiveFile,
        LruList::ActiveFile,
        LruList::Unevictable,
    ];

    /// The lists that are scanned.
    pub const EVICTABLE: [LruList; 4] =
        [LruList::InactiveAnon, LruList::ActiveAnon, LruList::InactiveFile, LruList::ActiveFile];

    /// The list of an evictable page.
    pub const fn of(file: bool, active: bool) -> LruList {
        LruList::EVICTABLE[file as usize * 2 + active as usize]
    }

    /// Whether file pages are on it.
    pub const fn is_file(self) -> bool {
        matches!(self, LruList::InactiveFile | LruList::ActiveFile)
    }

    /// Whether it is one of the active ones.
    pub const fn is_active(self) -> bool {
        matches!(self, LruList::ActiveAnon | LruList::ActiveFile)
    }
}

const LIST_BITS: u32 = 3;

/// Where a page is: its neighbours, and the list that the first page of a folio is on, counted from 1, and above [`LIST_BITS`] the folio's
/// order; 0 if it is on none.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Node {
    prev: u32,
    next: u32,
    on: u8,
}

impl Default for Node {
    fn default() -> Self {
        Node { prev: NIL, next: NIL, on: 0 }
    }
}

impl Linked for Pieces<Node> {
    #[inline]
    fn prev(&self, page: u32) -> u32 {
        self.get(page as usize).map_or(NIL, |node| node.prev)
    }

    #[inline]
    fn next(&self, page: u32) -> u32 {
        self.get(page as usize).map_or(NIL, |node| node.next)
    }

    #[inline]
    fn set_prev(&mut self, page: u32, prev: u32) {
        self.at(page as usize).prev = prev;
    }

    #[inline]
    fn set_next(&mut self, page: u32, next: u32) {
        self.at(page as usize).next = next;
    }

    fn reach(&mut self, _: u32) {}
}

/// The lists of one lruvec.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Lists {
    nodes: Pieces<Node>,
    lists: [List; 5],
    /// Pages on each.
    pages: [u64; 5],
    to_add: Vec<Pfn>,
    to_activate: Vec<Pfn>,
}

impl Lists {
    /// From now on clones share them.
    pub(crate) fn freeze(&mut self) {
        self.nodes.freeze();
    }

    /// Pages on each list, in [`LruList`]'s order.
    pub fn sizes(&self) -> [u64; 5] {
        self.pages
    }

    /// Pages on a list.
    pub fn size(&self, list: LruList) -> u64 {
        self.pages[list as usize]
    }

    /// The pages of a list, the one that is scanned next first.
    pub fn pages(&self, list: LruList) -> impl Iterator<Item = Pfn> {
        let first = self.lists[list as usize].tail();
        std::iter::successors(first, |&page| Some(self.nodes.prev(page)).filter(|&page| page != NIL)).map(Pfn)
    }

    /// The list a page is on; None while it waits in a batch or is isolated, and for all but the first page of a folio.
    pub fn list_of(&self, pfn: Pfn) -> Option<LruList> {
        match self.on(pfn) & ((1 << LIST_BITS) - 1) {
            0 => None,
            n => LruList::ALL.get(usize::from(n) - 1).copied(),
        }
    }

    fn on(&self, pfn: Pfn) -> u8 {
        self.nodes.get(pfn.index()).map_or(0, |node| node.on)
    }

    /// Puts a folio of 2^`order` pages at the head of a list.
    pub fn add(&mut self, list: LruList, pfn: Pfn, order: u32) {
        self.lists[list as usize].push_head(&mut self.nodes, pfn.0);
        self.enter(list, pfn, order);
    }

    /// Puts a folio at the tail of a list: it is scanned next.
    pub fn add_tail(&mut self, list: LruList, pfn: Pfn, order: u32) {
        self.lists[list as usize].push_tail(&mut self.nodes, pfn.0);
        self.enter(list, pfn, order);
    }

    fn enter(&mut self, list: LruList, pfn: Pfn, order: u32) {
        self.pages[list as usize] += 1 << order;
        self.nodes.at(pfn.index()).on = (list as u8 + 1) | (order << LIST_BITS) as u8;
    }

    /// The folio at `pfn` is off its list: its order.
    fn leave(&mut self, list: LruList, pfn: Pfn) -> u32 {
        let order = u32::from(self.on(pfn)) >> LIST_BITS;
        self.pages[list as usize] -= 1 << order;
        self.nodes.at(pfn.index()).on = 0;
        order
    }

    /// Takes a page off its list, or out of the batch that it waits in: the list.
    pub fn remove(&mut self, pfn: Pfn) -> Option<LruList> {
        let list = self.list_of(pfn);
        match list {
            Some(list) => {
                self.lists[list as usize].unlink(&mut self.nodes, pfn.0);
                self.leave(list, pfn);
            }
            None => self.to_add.retain(|&waiting| waiting != pfn),
        }
        self.to_activate.retain(|&waiting| waiting != pfn);
        list
    }

    /// Takes the folio at a list's tail, and its order.
    pub fn pop(&mut self, list: LruList) -> Option<(Pfn, u32)> {
        let page = self.lists[list as usize].pop_tail(&mut self.nodes)?;
        Some((Pfn(page), self.leave(list, Pfn(page))))
    }

    /// The folio at `head` is to be folios of these orders, side by side; on its list those behind the first come before it, the last
    /// of them next to it, so that they are scanned after it (Linux: `lru_add_split_folio`). False if it is on none.
    pub(crate) fn split(&mut self, head: Pfn, orders: impl Iterator<Item = (Pfn, u32)>) -> bool {
        let Some(list) = self.list_of(head) else { return false };
        self.leave(list, head);
        for (pfn, order) in orders {
            if pfn != head {
                self.lists[list as usize].insert_before(&mut self.nodes, head.0, pfn.0);
            }
            self.enter(list, pfn, order);
        }
        true
    }

    /// A page is to go on its list: whether the batch is full.
    pub(super) fn batch_add(&mut self, pfn: Pfn) -> bool {
        self.to_add.push(pfn);
        self.to_add.len() >= BATCH
    }

    /// Whether a page waits to go on its list.
    pub(super) fn is_waiting(&self, pfn: Pfn) -> bool {
        self.to_add.contains(&pfn)
    }

    /// A page is to be activated: whether the batch is full.
    pub(super) fn batch_activate(&mut self, pfn: Pfn) -> bool {
        if !self.to_activate.contains(&pfn) {
            self.to_activate.push(pfn);
        }
        self.to_activate.len() >= BATCH
    }

    /// Empties the batch of new pages.
    pub(super) fn take_added(&mut self) -> Vec<Pfn> {
        std::mem::take(&mut self.to_add)
    }

    /// Empties the batch of pages to activate.
    pub(super) fn take_activated(&mut self) -> Vec<Pfn> {
        std::mem::take(&mut self.to_activate)
    }
}
