//! Growing and shrinking of the search structure: a full node splits, a nearly empty one joins a neighbour.

use super::index::{Index, Path};
use super::node::{FANOUT, Inner, Leaf};

/// Nodes join if that leaves room for as many entries again as made them small.
const JOIN_LEN: usize = FANOUT * 3 / 4;

impl Index {
    /// Splits the full leaf of `path` in two.
    pub(super) fn split_leaf(&mut self, path: &Path) {
        let right = self.leaf_mut(path.leaf).split_off(FANOUT / 2);
        let key = right.entries()[0].start;
        let right = self.add_leaf(right);
        self.add_child(path, 0, key, right);
    }

    /// Enters `child`, split off the node that `path` goes through at `level`, to the right of that.
    fn add_child(&mut self, path: &Path, level: usize, key: u64, child: u32) {
        if level == self.height {
            self.add_root();
            return self.place_child(self.root, 0, level, key, child);
        }
        let (mut node, mut pos) = path.step(level);
        if self.inner(node).len == FANOUT {
            let right = self.inner_mut(node).split_off(FANOUT / 2);
            let right_key = right.keys[0];
            let right = self.add_inner(right);
            self.add_child(path, level + 1, right_key, right);
            if pos >= FANOUT / 2 {
                (node, pos) = (right, pos - FANOUT / 2);
            }
        }
        self.place_child(node, pos, level, key, child);
    }

    /// Enters `child` behind the child `pos` of `node`, from which it was split.
    fn place_child(&mut self, node: u32, pos: usize, level: usize, key: u64, child: u32) {
        let left_gap = self.widest_gap(level, self.inner(node).children[pos]);
        let gap = self.widest_gap(level, child);
        let inner = self.inner_mut(node);
        inner.gaps[pos] = left_gap;
        inner.insert(pos + 1, key, gap, child);
    }

    /// Puts a new root above the old one.
    fn add_root(&mut self) {
        let mut root = Inner::new();
        root.insert(0, 0, self.widest_gap(self.height, self.root), self.root);
        self.root = self.add_inner(root);
        self.height += 1;
    }

    /// Lets the small node that `path` goes through at `level` join a neighbour, and so on upwards.
    pub(super) fn shrink(&mut self, path: &Path, level: usize) {
        if level == self.height {
            return self.drop_thin_roots();
        }
        let (parent, pos) = path.step(level);
        let inner = self.inner(parent);
        let node = inner.children[pos];
        let len = self.node_len(level, node);
        let fits = |pos: usize| len + self.node_len(level, inner.children[pos]) <= JOIN_LEN;
        if len == 0 {
            self.inner_mut(parent).remove(pos);
            self.free_node(level, node);
        } else if pos + 1 < inner.len && fits(pos + 1) {
            self.join(parent, pos, level);
        } else if pos > 0 && fits(pos - 1) {
            self.join(parent, pos - 1, level);
        } else {
            return;
        }
        if self.inner(parent).len < FANOUT / 4 {
            self.shrink(path, level + 1);
        }
    }

    /// Moves all of the child behind `pos` into the child `pos`.
    fn join(&mut self, parent: u32, pos: usize, level: usize) {
        let (left, right) = (self.inner(parent).children[pos], self.inner(parent).children[pos + 1]);
        if level == 0 {
            let from = self.leaf(right).clone();
            self.leaf_mut(left).append(from.entries());
        } else {
            let mut from = self.inner(right).clone();
            from.keys[0] = self.inner(parent).keys[pos + 1];
            self.inner_mut(left).append(&from, 0);
        }
        self.free_node(level, right);
        let gap = self.widest_gap(level, left);
        let inner = self.inner_mut(parent);
        inner.remove(pos + 1);
        inner.gaps[pos] = gap;
    }

    /// Removes roots with one child or none.
    fn drop_thin_roots(&mut self) {
        while self.height > 0 && self.inner(self.root).len < 2 {
            let root = self.root;
            self.free_node(self.height, root);
            if self.inner(root).len == 0 {
                self.height = 0;
                self.root = self.add_leaf(Leaf::new());
            } else {
                self.height -= 1;
                self.root = self.inner(root).children[0];
            }
        }
    }
}
