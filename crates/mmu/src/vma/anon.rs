//! Families of anonymous pages and which mappings may hold their pages (Linux: `struct anon_vma`, `struct anon_vma_chain`,
//! mm/rmap.c).
//!
//! A mapping gets a family with its first anonymous page. A child's mapping belongs to its parent's families and to one of
//! its own: a page that was there before the fork is found in both, a page made after it in one. The families of a mapping
//! are its *chain*, newest first. Equal chains are stored once: a chain of one needs no room at all.

mod chain;

use super::Vma;
use super::interval::{Forest, Interval, RmapMember, Root};
use crate::AnonVmaId;
use chain::Chains;
use serde::{Deserialize, Serialize};

/// A family of anonymous pages.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AnonVma {
    /// The family from whose page the fork was, or itself.
    pub parent: AnonVmaId,
    /// Families that have it as parent; a root counts itself (Linux: `num_children`).
    pub num_children: u32,
    /// Mappings that put new pages into it (Linux: `num_active_vmas`).
    pub num_active_vmas: u32,
    members: Root,
    live: bool,
}

/// All families of a machine.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct AnonVmas {
    families: Vec<AnonVma>,
    free: Vec<AnonVmaId>,
    chains: Chains,
    forest: Forest,
}

impl AnonVmas {
    /// A family that lives.
    ///
    /// # Panics
    /// If `id` was never given out.
    pub fn get(&self, id: AnonVmaId) -> &AnonVma {
        &self.families[id.index()]
    }

    /// How many families there are.
    pub fn len(&self) -> usize {
        self.families.len() - self.free.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a mapping belongs to one family only, so no fork's child (Linux: `list_is_singular(&vma->anon_vma_chain)`).
    pub fn is_singular(&self, vma: &Vma) -> bool {
        chain::is_singular(vma.chain)
    }

    /// The families of a mapping, newest first.
    pub fn chain(&self, vma: &Vma) -> Vec<AnonVmaId> {
        self.chains.to_vec(vma.chain)
    }

    /// The mappings that may have a page of family `id` with an index in `first..=last`, by their first page.
    pub fn mappings(&self, id: AnonVmaId, first: u64, last: u64, out: &mut Vec<RmapMember>) {
        let family = &self.families[id.index()];
        if family.live {
            self.forest.collect(family.members, first, last, out);
        }
    }

    /// The families there are.
    pub(super) fn live(&self) -> impl Iterator<Item = AnonVmaId> {
        let ids = (0..self.families.len()).map(|n| AnonVmaId(n as u32));
        ids.filter(|id| self.get(*id).live)
    }

    /// All that is entered in a family.
    pub(super) fn members(&self, id: AnonVmaId) -> Vec<Interval> {
        let mut members = Vec::new();
        self.forest.all(self.get(id).members, &mut members);
        members
    }

    /// A family of its own for a mapping that has none: `reused`, or a new one (Linux: `__anon_vma_prepare`).
    pub(super) fn prepare(
        &mut self,
        vma: &mut Vma,
        member: RmapMember,
        reused: Option<AnonVmaId>,
    ) -> AnonVmaId {
        let id = reused.unwrap_or_else(|| self.add_root());
        self.families[id.index()].num_active_vmas += 1;
        (vma.anon_vma, vma.chain) = (Some(id), chain::singular(id));
        self.link(vma, member);
        id
    }

    /// Lets `dst` belong to all families of `src` and put its pages where `src` does (Linux: `anon_vma_clone` in a split, a
    /// merge or a move). `dst` has no family yet and its bounds are set.
    pub(super) fn clone_chain(&mut self, dst: &mut Vma, member: RmapMember, src: &Vma) {
        (dst.anon_vma, dst.chain) = (src.anon_vma, src.chain);
        self.chains.hold(src.chain);
        if let Some(id) = dst.anon_vma {
            self.families[id.index()].num_active_vmas += 1;
        }
        self.link(dst, member);
    }

    /// The same for a fork's child: its pages go to a family that no mapping uses any more and that has no second child, or
    /// to a new one (Linux: `anon_vma_fork`).
    pub(super) fn fork(&mut self, dst: &mut Vma, member: RmapMember, src: &Vma) {
        let Some(parent) = src.anon_vma else {
            (dst.anon_vma, dst.chain) = (None, 0);
            return;
        };
        let mut chain = self.chain(src);
        let id = self.reusable(&chain).unwrap_or_else(|| {
            let new = self.add_child(parent);
            chain.insert(0, new);
            new
        });
        self.families[id.index()].num_active_vmas += 1;
        dst.anon_vma = Some(id);
        dst.chain = self.chains.add(chain);
        self.link(dst, member);
    }

    /// Takes a mapping out of all its families; those without mappings go (Linux: `unlink_anon_vmas`).
    pub(super) fn unlink(&mut self, vma: &mut Vma, member: RmapMember) {
        let Some(own) = vma.anon_vma.take() else { return };
        self.families[own.index()].num_active_vmas -= 1;
        for n in 0.. {
            let Some(id) = self.chains.nth(vma.chain, n) else { break };
            let family = &mut self.families[id.index()];
            self.forest.remove(&mut family.members, Interval::of(vma, member));
            if family.members.is_empty() {
                self.free_family(id);
            }
        }
        self.chains.release(vma.chain);
        vma.chain = 0;
    }

    /// Enters a mapping's pages in all its families.
    fn link(&mut self, vma: &Vma, member: RmapMember) {
        for n in 0.. {
            let Some(id) = self.chains.nth(vma.chain, n) else { break };
            self.forest.insert(&mut self.families[id.index()].members, Interval::of(vma, member));
        }
    }

    /// Notes a mapping's new bounds in all its families.
    pub(super) fn relink(&mut self, old: &Vma, new: &Vma, member: RmapMember) {
        for n in 0.. {
            let Some(id) = self.chains.nth(old.chain, n) else { break };
            let members = &mut self.families[id.index()].members;
            self.forest.replace(members, Interval::of(old, member), Interval::of(new, member));
        }
    }

    /// The oldest family of a chain that may be used again (Linux: in `anon_vma_clone`).
    fn reusable(&self, chain: &[AnonVmaId]) -> Option<AnonVmaId> {
        let unused = |id: &&AnonVmaId| {
            let family = self.get(**id);
            family.num_children < 2 && family.num_active_vmas == 0
        };
        chain.iter().rev().find(unused).copied()
    }

    fn add_root(&mut self) -> AnonVmaId {
        let id = self.free.pop().unwrap_or(AnonVmaId(self.families.len() as u32));
        self.add_family(id, AnonVma::new(id, 1));
        id
    }

    fn add_child(&mut self, parent: AnonVmaId) -> AnonVmaId {
        let id = self.free.pop().unwrap_or(AnonVmaId(self.families.len() as u32));
        self.add_family(id, AnonVma::new(parent, 0));
        self.families[parent.index()].num_children += 1;
        id
    }

    fn add_family(&mut self, id: AnonVmaId, family: AnonVma) {
        if id.index() == self.families.len() {
            self.families.push(family);
        } else {
            self.families[id.index()] = family;
        }
    }

    fn free_family(&mut self, id: AnonVmaId) {
        let family = &mut self.families[id.index()];
        family.live = false;
        let parent = family.parent;
        self.families[parent.index()].num_children -= 1;
        self.free.push(id);
    }
}

impl AnonVma {
    fn new(parent: AnonVmaId, num_children: u32) -> AnonVma {
        AnonVma { parent, num_children, num_active_vmas: 0, members: Root::EMPTY, live: true }
    }
}
