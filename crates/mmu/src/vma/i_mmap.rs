//! Which mappings show a file's pages (Linux: `address_space.i_mmap`).

use super::Vma;
use super::interval::{Forest, Interval, RmapMember, Root};
use crate::InodeId;
use serde::{Deserialize, Serialize};

/// The mappings of all files.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct IMmap {
    roots: Vec<Option<Root>>,
    forest: Forest,
}

impl IMmap {
    /// The mappings that show a page of `inode` with an index in `first..=last`, by their first page.
    pub fn mappings(&self, inode: InodeId, first: u64, last: u64, out: &mut Vec<RmapMember>) {
        if let Some(root) = self.root(inode) {
            self.forest.collect(root, first, last, out);
        }
    }

    /// Whether anything maps `inode` (Linux: `mapping_mapped`).
    pub fn is_mapped(&self, inode: InodeId) -> bool {
        self.root(inode).is_some_and(|root| !root.is_empty())
    }

    /// Enters a mapping; nothing happens to one without a file.
    pub(super) fn link(&mut self, vma: &Vma, member: RmapMember) {
        let Some(inode) = vma.inode else { return };
        if self.roots.len() <= inode.index() {
            self.roots.resize(inode.index() + 1, None);
        }
        let root = self.roots[inode.index()].get_or_insert(Root::EMPTY);
        self.forest.insert(root, Interval::of(vma, member));
    }

    /// Takes a mapping out; its bounds are still those it was entered with.
    pub(super) fn unlink(&mut self, vma: &Vma, member: RmapMember) {
        let Some(root) = vma.inode.and_then(|inode| self.roots.get_mut(inode.index())?.as_mut()) else {
            return;
        };
        self.forest.remove(root, Interval::of(vma, member));
    }

    /// Notes a mapping's new bounds.
    pub(super) fn relink(&mut self, old: &Vma, new: &Vma, member: RmapMember) {
        let root = new.inode.and_then(|inode| self.roots.get_mut(inode.index())?.as_mut());
        if let Some(root) = root {
            self.forest.replace(root, Interval::of(old, member), Interval::of(new, member));
        }
    }

    /// All that is entered.
    pub(super) fn all(&self) -> Vec<(InodeId, Interval)> {
        let mut entered = Vec::new();
        for (n, root) in self.roots.iter().enumerate() {
            let mut of_file = Vec::new();
            self.forest.all(root.unwrap_or(Root::EMPTY), &mut of_file);
            entered.extend(of_file.into_iter().map(|interval| (InodeId(n as u32), interval)));
        }
        entered
    }

    fn root(&self, inode: InodeId) -> Option<Root> {
        *self.roots.get(inode.index())?
    }
}
