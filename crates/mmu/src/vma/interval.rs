//! Interval trees in one slab: which mappings show which pages of a file or of a family of anonymous pages
//! (Linux: mm/interval_tree.c).
//!
//! Each tree is a treap ordered by first page, with the last page below each node; the heap order comes from a hash of the
//! slot, so it is the same in every run. A tree is named by its root and costs nothing while empty.

use super::Vma;
use crate::{MmId, VmaId};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// A mapping of an address space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RmapMember {
    /// The address space.
    pub mm: MmId,
    /// The mapping in it.
    pub vma: VmaId,
}

/// What a tree holds: a member and its pages, `first..=last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Interval {
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) member: RmapMember,
}

impl Interval {
    /// The pages of a mapping.
    pub(crate) fn of(vma: &Vma, member: RmapMember) -> Interval {
        Interval { first: vma.pgoff, last: vma.pgoff + vma.pages() - 1, member }
    }

    fn key(&self) -> (u64, RmapMember) {
        (self.first, self.member)
    }
}

/// The root of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Root(u32);

impl Root {
    pub(crate) const EMPTY: Root = Root(NIL);

    pub(crate) fn is_empty(self) -> bool {
        self == Root::EMPTY
    }
}

const NIL: u32 = u32::MAX;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Node {
    interval: Interval,
    /// The highest `last` in this subtree.
    reach: u64,
    left: u32,
    right: u32,
}

/// The nodes of all trees.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Forest {
    nodes: Vec<Node>,
    free: Vec<u32>,
}

impl Forest {
    /// Adds a member. It is not in the tree yet with this `first`.
    pub(crate) fn insert(&mut self, root: &mut Root, interval: Interval) {
        let node = Node { interval, reach: interval.last, left: NIL, right: NIL };
        let at = self.take_node(node);
        if root.is_empty() {
            *root = Root(at);
            return;
        }
        let (left, right) = self.split(root.0, interval.key());
        let left = self.merge(left, at);
        *root = Root(self.merge(left, right));
    }

    /// Takes a member out; whether it was there.
    pub(crate) fn remove(&mut self, root: &mut Root, interval: Interval) -> bool {
        let mut removed = false;
        *root = Root(self.remove_below(root.0, interval.key(), &mut removed));
        removed
    }

    /// Gives a member other pages.
    pub(crate) fn replace(&mut self, root: &mut Root, old: Interval, new: Interval) {
        if old.first == new.first {
            self.set_last(root.0, &new);
        } else {
            self.remove(root, old);
            self.insert(root, new);
        }
    }

    /// The members with a page in `first..=last`, by first page.
    pub(crate) fn collect(&self, root: Root, first: u64, last: u64, out: &mut Vec<RmapMember>) {
        if root.is_empty() || self.node(root.0).reach < first {
            return;
        }
        let node = self.node(root.0);
        self.collect(Root(node.left), first, last, out);
        if node.interval.first > last {
            return;
        }
        if node.interval.last >= first {
            out.push(node.interval.member);
        }
        self.collect(Root(node.right), first, last, out);
    }

    /// All that a tree holds, by first page.
    pub(crate) fn all(&self, root: Root, out: &mut Vec<Interval>) {
        if !root.is_empty() {
            let node = self.node(root.0);
            self.all(Root(node.left), out);
            out.push(node.interval);
            self.all(Root(node.right), out);
        }
    }

    fn set_last(&mut self, at: u32, new: &Interval) {
        if at == NIL {
            return;
        }
        let Node { interval, left, right, .. } = *self.node(at);
        match new.key().cmp(&interval.key()) {
            Ordering::Equal => self.node_mut(at).interval.last = new.last,
            Ordering::Less => self.set_last(left, new),
            Ordering::Greater => self.set_last(right, new),
        }
        self.update(at);
    }

    fn remove_below(&mut self, at: u32, key: (u64, RmapMember), removed: &mut bool) -> u32 {
        if at == NIL {
            return NIL;
        }
        let Node { interval, left, right, .. } = *self.node(at);
        match key.cmp(&interval.key()) {
            Ordering::Equal => {
                *removed = true;
                self.free.push(at);
                return self.merge(left, right);
            }
            Ordering::Less => self.node_mut(at).left = self.remove_below(left, key, removed),
            Ordering::Greater => self.node_mut(at).right = self.remove_below(right, key, removed),
        }
        self.update(at);
        at
    }

    /// Splits a subtree in what is below `key` and the rest.
    fn split(&mut self, at: u32, key: (u64, RmapMember)) -> (u32, u32) {
        if at == NIL {
            return (NIL, NIL);
        }
        if self.node(at).interval.key() < key {
            let (left, right) = self.split(self.node(at).right, key);
            self.node_mut(at).right = left;
            self.update(at);
            (at, right)
        } else {
            let (left, right) = self.split(self.node(at).left, key);
            self.node_mut(at).left = right;
            self.update(at);
            (left, at)
        }
    }

    /// Joins two subtrees, all of the left before all of the right.
    fn merge(&mut self, left: u32, right: u32) -> u32 {
        if left == NIL || right == NIL {
            return if left == NIL { right } else { left };
        }
        if rank(left) > rank(right) {
            self.node_mut(left).right = self.merge(self.node(left).right, right);
            self.update(left);
            left
        } else {
            self.node_mut(right).left = self.merge(left, self.node(right).left);
            self.update(right);
            right
        }
    }

    fn update(&mut self, at: u32) {
        let Node { interval, left, right, .. } = *self.node(at);
        let below = |child: u32| if child == NIL { 0 } else { self.node(child).reach };
        let reach = interval.last.max(below(left)).max(below(right));
        self.node_mut(at).reach = reach;
    }

    fn take_node(&mut self, node: Node) -> u32 {
        if let Some(at) = self.free.pop() {
            self.nodes[at as usize] = node;
            return at;
        }
        self.nodes.push(node);
        (self.nodes.len() - 1) as u32
    }

    fn node(&self, at: u32) -> &Node {
        &self.nodes[at as usize]
    }

    fn node_mut(&mut self, at: u32) -> &mut Node {
        &mut self.nodes[at as usize]
    }
}

/// The heap order: a bijective scramble of the slot number.
fn rank(at: u32) -> u32 {
    let mixed = (at ^ (at >> 16)).wrapping_mul(0x7feb_352d);
    (mixed ^ (mixed >> 15)).wrapping_mul(0x846c_a68b)
}

#[cfg(test)]
mod tests;
