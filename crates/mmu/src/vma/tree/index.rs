//! The search structure over mapping bounds: a B+tree of [`Leaf`] and [`Inner`] nodes in two slabs.
//!
//! It knows starts, ends and ids only; order links and the mappings themselves are [`VmaTree`](super::VmaTree)'s. Levels
//! count from the leaves, which are level 0, so that a new root changes no level.

use super::node::{Entry, FANOUT, Inner, Leaf, MAX_HEIGHT};
use serde::{Deserialize, Serialize};

/// The way from the root to an entry of a leaf.
#[derive(Clone, Copy, Debug)]
pub(super) struct Path {
    /// At each level below the root: the inner node above it and the child taken there.
    steps: [(u32, u32); MAX_HEIGHT],
    pub(super) leaf: u32,
    pub(super) pos: usize,
}

impl Path {
    /// The inner node above `level`, and the child taken there.
    pub(super) fn step(&self, level: usize) -> (u32, usize) {
        let (node, child) = self.steps[level];
        (node, child as usize)
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Index {
    leaves: Vec<Leaf>,
    inners: Vec<Inner>,
    free_leaves: Vec<u32>,
    free_inners: Vec<u32>,
    /// A leaf if `height` is 0.
    pub(super) root: u32,
    /// The root's level.
    pub(super) height: usize,
    /// Of the one leaf there is, the entry of the last change, most likely.
    #[serde(skip)]
    recent: usize,
}

impl Index {
    pub(super) fn new() -> Index {
        Index {
            leaves: vec![Leaf::new()],
            inners: Vec::new(),
            free_leaves: Vec::new(),
            free_inners: Vec::new(),
            root: 0,
            height: 0,
            recent: 0,
        }
    }

    /// The entry that starts at `start` in the one leaf there is.
    #[inline(always)]
    fn pos_in_leaf(&self, start: u64) -> usize {
        let leaf = self.leaf(self.root);
        match leaf.entries().get(self.recent) {
            Some(entry) if entry.start == start => self.recent,
            _ => leaf.first_from(start),
        }
    }

    /// Adds an entry at `pos` of the one leaf there is.
    #[inline(always)]
    pub(super) fn insert_in_leaf(&mut self, pos: usize, entry: Entry) {
        self.recent = pos;
        self.leaf_mut(self.root).insert(pos, entry);
    }

    #[inline]
    pub(super) fn leaf(&self, leaf: u32) -> &Leaf {
        &self.leaves[leaf as usize]
    }

    #[inline]
    pub(super) fn leaf_mut(&mut self, leaf: u32) -> &mut Leaf {
        &mut self.leaves[leaf as usize]
    }

    #[inline]
    pub(super) fn inner(&self, inner: u32) -> &Inner {
        &self.inners[inner as usize]
    }

    #[inline]
    pub(super) fn inner_mut(&mut self, inner: u32) -> &mut Inner {
        &mut self.inners[inner as usize]
    }

    /// Whether a leaf has no room.
    #[inline]
    pub(super) fn is_full(&self, leaf: u32) -> bool {
        self.leaf(leaf).len == FANOUT
    }

    /// The leaf in whose part `addr` lies.
    #[inline]
    pub(super) fn leaf_of(&self, addr: u64) -> &Leaf {
        let mut node = self.root;
        for _ in 0..self.height {
            let inner = self.inner(node);
            node = inner.children[inner.child_of(addr)];
        }
        self.leaf(node)
    }

    /// The way to the first entry that starts at `start` or above in the leaf where `start` belongs; `pos` may be past the
    /// leaf's end.
    #[inline]
    pub(super) fn path_to(&self, start: u64) -> Path {
        let mut path = Path { steps: [(0, 0); MAX_HEIGHT], leaf: self.root, pos: 0 };
        for level in (0..self.height).rev() {
            let inner = self.inner(path.leaf);
            let child = inner.child_of(start);
            path.steps[level] = (path.leaf, child as u32);
            path.leaf = inner.children[child];
        }
        path.pos = self.leaf(path.leaf).first_from(start);
        path
    }

    /// Adds an entry at `path`, which leads to its start; no other overlaps it. `next` is the start of the one that follows.
    pub(super) fn insert(&mut self, mut path: Path, entry: Entry, next: Option<u64>) {
        if self.leaf(path.leaf).len == FANOUT {
            self.split_leaf(&path);
            path = self.path_to(entry.start);
        }
        if self.height == 0 {
            return self.leaf_mut(path.leaf).insert(path.pos, entry);
        }
        let leaf = self.leaf_mut(path.leaf);
        let before = leaf.widest_in(path.pos, 1);
        leaf.insert(path.pos, entry);
        self.settle(&path, before, next);
    }

    /// Gives the entry that starts at `old` other bounds, still between its neighbours'.
    #[inline(always)]
    pub(super) fn resize(&mut self, old: u64, start: u64, end: u64, next: Option<u64>) {
        if self.height == 0 {
            let pos = self.pos_in_leaf(old);
            self.recent = pos;
            return self.leaf_mut(self.root).entry_mut(pos).set_bounds(start, end);
        }
        self.resize_below(old, start, end, next);
    }

    /// The same where there is more than one leaf.
    #[inline(never)]
    fn resize_below(&mut self, old: u64, start: u64, end: u64, next: Option<u64>) {
        let path = self.path_to(old);
        let leaf = self.leaf_mut(path.leaf);
        let before = leaf.widest_in(path.pos, 2);
        leaf.entry_mut(path.pos).set_bounds(start, end);
        for (node, child) in &path.steps[..self.height] {
            let key = &mut self.inners[*node as usize].keys[*child as usize];
            *key = start.min(*key);
        }
        self.settle(&path, before, next);
        if let Some(next) = next.filter(|_| start > old && path.pos + 1 == self.leaf(path.leaf).len) {
            self.raise_keys(next);
        }
    }

    /// Makes the keys that lead to `next`, the first start of its leaf, equal to it. A key may be lower than its leaf's first
    /// start, even inside the mapping below, but not as low as that mapping's start.
    fn raise_keys(&mut self, next: u64) {
        let path = self.path_to(next);
        for level in 0..self.height {
            let (node, child) = path.step(level);
            self.inner_mut(node).keys[child] = next;
            if child > 0 {
                return;
            }
        }
    }

    /// Lets `upper` have what the entry that starts at `start` has from `upper.start` on. No free range changes by that.
    pub(super) fn split(&mut self, start: u64, upper: Entry) {
        let mut path = self.path_to(upper.start);
        if self.leaf(path.leaf).len == FANOUT {
            self.split_leaf(&path);
            path = self.path_to(upper.start);
        }
        let leaf = self.leaf_mut(path.leaf);
        leaf.insert(path.pos, upper);
        if path.pos > 0 {
            leaf.entry_mut(path.pos - 1).end = upper.start;
        } else {
            leaf.low = upper.start;
            let below = self.path_to(start);
            self.leaf_mut(below.leaf).entry_mut(below.pos).end = upper.start;
        }
    }

    /// Takes out the entry that starts at `start` of the one leaf there is.
    #[inline(always)]
    pub(super) fn remove_in_leaf(&mut self, start: u64) {
        let pos = self.pos_in_leaf(start);
        self.leaf_mut(self.root).remove(pos);
    }

    /// The same where there is more than one leaf.
    #[inline(never)]
    pub(super) fn remove_below(&mut self, start: u64, next: Option<u64>) {
        let path = self.path_to(start);
        let leaf = self.leaf_mut(path.leaf);
        let (low, before) = (leaf.gap_start(path.pos), leaf.widest_in(path.pos, 2));
        leaf.remove(path.pos);
        let (len, after) = (leaf.len, leaf.widest_in(path.pos, 1));
        if path.pos == len {
            self.set_low(next, low);
        }
        self.refresh(&path, before, after);
        if len < FANOUT / 4 {
            self.shrink(&path, 0);
        }
    }

    /// After a change at `path`: the next leaf's `low` and the gaps above. `before` was the widest gap there.
    fn settle(&mut self, path: &Path, before: u64, next: Option<u64>) {
        let leaf = self.leaf(path.leaf);
        let after = leaf.widest_in(path.pos, 2);
        if path.pos + 1 == leaf.len {
            let end = leaf.entries()[path.pos].end;
            self.set_low(next, end);
        }
        self.refresh(path, before, after);
    }

    /// Tells the leaf that begins with `next` where the mapping before it ends.
    fn set_low(&mut self, next: Option<u64>, low: u64) {
        if let Some(next) = next {
            let path = self.path_to(next);
            let leaf = self.leaf_mut(path.leaf);
            let before = leaf.widest_in(0, 1);
            leaf.low = low;
            let after = leaf.widest_in(0, 1);
            self.refresh(&path, before, after);
        }
    }

    /// Corrects the widest gaps on a way upwards, where some gaps changed whose widest was `before` and is `after` now.
    fn refresh(&mut self, path: &Path, mut before: u64, mut after: u64) {
        for level in 0..self.height {
            let (node, child) = path.step(level);
            let kept = self.inner(node).gaps[child];
            let gap = if after >= before {
                kept.max(after)
            } else if before < kept {
                return;
            } else {
                self.widest_gap(level, self.inner(node).children[child])
            };
            if gap == kept {
                return;
            }
            self.inner_mut(node).gaps[child] = gap;
            (before, after) = (kept, gap);
        }
    }

    /// The widest gap below an entry of the node `node` at `level`.
    pub(super) fn widest_gap(&self, level: usize, node: u32) -> u64 {
        if level == 0 {
            return self.leaf(node).widest_gap();
        }
        let inner = self.inner(node);
        inner.gaps[..inner.len].iter().copied().max().unwrap_or(0)
    }

    /// Entries or children of a node.
    pub(super) fn node_len(&self, level: usize, node: u32) -> usize {
        if level == 0 { self.leaf(node).len } else { self.inner(node).len }
    }

    pub(super) fn add_leaf(&mut self, leaf: Leaf) -> u32 {
        slab_add(&mut self.leaves, &mut self.free_leaves, leaf)
    }

    pub(super) fn add_inner(&mut self, inner: Inner) -> u32 {
        slab_add(&mut self.inners, &mut self.free_inners, inner)
    }

    /// Gives back a node.
    pub(super) fn free_node(&mut self, level: usize, node: u32) {
        if level == 0 {
            self.free_leaves.push(node);
        } else {
            self.free_inners.push(node);
        }
    }
}

fn slab_add<T>(slab: &mut Vec<T>, free: &mut Vec<u32>, node: T) -> u32 {
    if let Some(at) = free.pop() {
        slab[at as usize] = node;
        return at;
    }
    slab.push(node);
    (slab.len() - 1) as u32
}
