//! The nodes of the mapping tree: leaves that hold the bounds of up to 32 mappings, inner nodes that hold children with a
//! lower bound of their starts and the widest gap below them.

use crate::VmaId;
use serde::{Deserialize, Serialize};

/// Entries of a leaf, children of an inner node.
pub(super) const FANOUT: usize = 32;
/// Inner levels a tree can have: 8^12 mappings at the least filling.
pub(super) const MAX_HEIGHT: usize = 12;

/// The bounds of a mapping.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) id: VmaId,
}

impl Entry {
    pub(super) fn set_bounds(&mut self, start: u64, end: u64) {
        (self.start, self.end) = (start, end);
    }
}

/// Bounds of neighbouring mappings, ascending.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Leaf {
    pub(super) len: usize,
    /// The end of the mapping before the first one here, 0 if there is none.
    pub(super) low: u64,
    entries: [Entry; FANOUT],
}

impl Leaf {
    pub(super) fn new() -> Leaf {
        Leaf { len: 0, low: 0, entries: [Entry { start: 0, end: 0, id: VmaId(0) }; FANOUT] }
    }

    #[inline]
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries[..self.len]
    }

    #[inline]
    pub(super) fn entry_mut(&mut self, pos: usize) -> &mut Entry {
        &mut self.entries[pos]
    }

    /// Where the free range below entry `pos` begins.
    #[inline]
    pub(super) fn gap_start(&self, pos: usize) -> u64 {
        if pos == 0 { self.low } else { self.entries[pos - 1].end }
    }

    /// The widest free range below an entry.
    pub(super) fn widest_gap(&self) -> u64 {
        let mut low = self.low;
        let mut widest = 0;
        for entry in self.entries() {
            widest = widest.max(entry.start - low);
            low = entry.end;
        }
        widest
    }

    /// The widest free range below one of up to `count` entries from `pos` on.
    #[inline]
    pub(super) fn widest_in(&self, pos: usize, count: usize) -> u64 {
        let entries = (pos..self.len).take(count);
        entries.map(|pos| self.entries[pos].start - self.gap_start(pos)).max().unwrap_or(0)
    }

    /// The first entry that ends above `addr`, or `len`.
    #[inline]
    pub(super) fn first_ending_above(&self, addr: u64) -> usize {
        self.first_not(|entry| entry.end <= addr)
    }

    /// The first entry that starts at `start` or above, or `len`.
    #[inline]
    pub(super) fn first_from(&self, start: u64) -> usize {
        self.first_not(|entry| entry.start < start)
    }

    /// The first entry for which `below` does not hold, or `len`; it holds for those before. A few entries are passed one by
    /// one, which the processor foresees.
    #[inline]
    fn first_not(&self, below: impl Fn(&Entry) -> bool) -> usize {
        if self.len > FANOUT / 4 {
            return self.entries().partition_point(below);
        }
        self.entries().iter().position(|entry| !below(entry)).unwrap_or(self.len)
    }

    #[inline(always)]
    pub(super) fn insert(&mut self, pos: usize, entry: Entry) {
        // Often it comes before the last one, the stack.
        match self.len - pos {
            1 => self.entries[pos + 1] = self.entries[pos],
            _ => self.entries.copy_within(pos..self.len, pos + 1),
        }
        self.entries[pos] = entry;
        self.len += 1;
    }

    #[inline(always)]
    pub(super) fn remove(&mut self, pos: usize) {
        match self.len - pos {
            2 => self.entries[pos] = self.entries[pos + 1],
            _ => self.entries.copy_within(pos + 1..self.len, pos),
        }
        self.len -= 1;
    }

    /// Takes the entries from `pos` on into a new leaf.
    pub(super) fn split_off(&mut self, pos: usize) -> Leaf {
        let mut right = Leaf::new();
        right.low = self.gap_start(pos);
        right.append(&self.entries[pos..self.len]);
        self.len = pos;
        right
    }

    /// Adds entries behind the last.
    pub(super) fn append(&mut self, entries: &[Entry]) {
        self.entries[self.len..self.len + entries.len()].copy_from_slice(entries);
        self.len += entries.len();
    }
}

/// Children, ascending.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Inner {
    pub(super) len: usize,
    /// No mapping of child i starts below `keys[i]`, none of child i-1 at it or above.
    pub(super) keys: [u64; FANOUT],
    /// The widest free range below a mapping of child i.
    pub(super) gaps: [u64; FANOUT],
    pub(super) children: [u32; FANOUT],
}

impl Inner {
    pub(super) fn new() -> Inner {
        Inner { len: 0, keys: [0; FANOUT], gaps: [0; FANOUT], children: [0; FANOUT] }
    }

    /// The child in whose part `start` lies.
    pub(super) fn child_of(&self, start: u64) -> usize {
        self.keys[1..self.len].partition_point(|key| *key <= start)
    }

    pub(super) fn insert(&mut self, pos: usize, key: u64, gap: u64, child: u32) {
        let len = self.len;
        self.keys.copy_within(pos..len, pos + 1);
        self.gaps.copy_within(pos..len, pos + 1);
        self.children.copy_within(pos..len, pos + 1);
        (self.keys[pos], self.gaps[pos], self.children[pos]) = (key, gap, child);
        self.len += 1;
    }

    pub(super) fn remove(&mut self, pos: usize) {
        let len = self.len;
        self.keys.copy_within(pos + 1..len, pos);
        self.gaps.copy_within(pos + 1..len, pos);
        self.children.copy_within(pos + 1..len, pos);
        self.len -= 1;
    }

    /// Takes the children from `pos` on into a new node.
    pub(super) fn split_off(&mut self, pos: usize) -> Inner {
        let mut right = Inner::new();
        right.append(self, pos);
        self.len = pos;
        right
    }

    /// Adds the children of `other` from `pos` on.
    pub(super) fn append(&mut self, other: &Inner, pos: usize) {
        let (at, more) = (self.len, other.len - pos);
        self.keys[at..at + more].copy_from_slice(&other.keys[pos..other.len]);
        self.gaps[at..at + more].copy_from_slice(&other.gaps[pos..other.len]);
        self.children[at..at + more].copy_from_slice(&other.children[pos..other.len]);
        self.len += more;
    }
}
