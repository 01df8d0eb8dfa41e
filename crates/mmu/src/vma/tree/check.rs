//! Recounts the tree: order, links, bounds, keys and gaps.

use super::index::Index;
use super::{FREE, VmaTree};
use crate::{VirtAddr, VmaId};

/// What is wrong with a mapping tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// A mapping is empty, or begins before the one below it ends.
    #[error("the mapping at {0} is empty or overlaps the one below")]
    Order(VirtAddr),
    /// Links and search structure disagree about what comes at a place.
    #[error("the search structure does not hold the mapping at {0} in its place")]
    Index(VirtAddr),
    /// The links lead to another number of mappings than there are.
    #[error("{linked} mappings are linked, {held} held")]
    Count {
        /// Reached by links.
        linked: usize,
        /// In the slab.
        held: usize,
    },
    /// A key or a gap of an inner node is wrong.
    #[error("a node of the search structure has wrong bounds or gaps near {0}")]
    Node(VirtAddr),
}

impl VmaTree {
    /// Checks that links, slab and search structure say the same and that the order holds.
    ///
    /// # Errors
    /// The first thing that is wrong, from the lowest address on.
    pub fn check(&self) -> Result<(), TreeError> {
        let mut walk = Walk { tree: self, expected: self.first(), low: 0, linked: 0 };
        walk.node(self.index.height, self.index.root, 0, u64::MAX)?;
        let held = self.slots.iter().filter(|slot| slot.next != FREE).count();
        if walk.expected.is_some() || walk.linked != held || held != self.len() {
            return Err(TreeError::Count { linked: walk.linked, held });
        }
        Ok(())
    }
}

struct Walk<'t> {
    tree: &'t VmaTree,
    expected: Option<VmaId>,
    /// The end of the last mapping seen.
    low: u64,
    linked: usize,
}

impl Walk<'_> {
    /// Checks a node whose mappings start within `from..below`.
    fn node(&mut self, level: usize, node: u32, from: u64, below: u64) -> Result<(), TreeError> {
        if level == 0 {
            return self.leaf(node, from, below);
        }
        let index: &Index = &self.tree.index;
        let inner = index.inner(node);
        for pos in 0..inner.len {
            let from = if pos == 0 { from } else { inner.keys[pos] };
            let until = if pos + 1 < inner.len { inner.keys[pos + 1] } else { below };
            self.node(level - 1, inner.children[pos], from, until)?;
            if inner.gaps[pos] != index.widest_gap(level - 1, inner.children[pos]) {
                return Err(TreeError::Node(VirtAddr::new(from)));
            }
        }
        Ok(())
    }

    fn leaf(&mut self, node: u32, from: u64, below: u64) -> Result<(), TreeError> {
        let leaf = self.tree.index.leaf(node);
        if leaf.len > 0 && leaf.low != self.low {
            return Err(TreeError::Node(VirtAddr::new(from)));
        }
        for entry in leaf.entries() {
            let start = VirtAddr::new(entry.start);
            let vma = self.expected.map(|id| (id, *self.tree.get(id)));
            let Some((id, vma)) = vma.filter(|(id, vma)| entry.id == *id && vma.start == start) else {
                return Err(TreeError::Index(start));
            };
            if vma.end.get() != entry.end || entry.start < from || entry.start >= below {
                return Err(TreeError::Node(start));
            }
            if vma.start >= vma.end || vma.start.get() < self.low {
                return Err(TreeError::Order(start));
            }
            let next = self.tree.next(id);
            if next.is_some_and(|next| self.tree.prev(next) != Some(id)) {
                return Err(TreeError::Index(start));
            }
            (self.low, self.expected) = (entry.end, next);
            self.linked += 1;
        }
        Ok(())
    }
}
