//! Families of anonymous pages as mappings come by them: by a first page, by splits and merges, by forks (Linux:
//! `__anon_vma_prepare`, `find_mergeable_anon_vma`, `dup_anon_vma`, `anon_vma_fork`).

use super::merge::STICKY;
use super::{RmapMember, VmFlags, Vma};
use crate::{AnonVmaId, Machine, MmId, VmaId};

impl Machine {
    /// The family that a mapping's new pages belong to. One that has none gets a neighbour's if they differ in rights alone and
    /// the neighbour is no fork's child, so that they can merge again; else a new one.
    pub fn anon_vma_prepare(&mut self, mm: MmId, id: VmaId) -> AnonVmaId {
        if let Some(family) = self.mm(mm).vmas.get(id).anon_vma {
            return family;
        }
        let reused = self.find_mergeable_anon_vma(mm, id);
        let mut vma = *self.mm(mm).vmas.get(id);
        let family = self.anon.prepare(&mut vma, RmapMember { mm, vma: id }, reused);
        *self.mm_mut(mm).vmas.get_mut(id) = vma;
        family
    }

    /// The higher neighbour is asked first.
    fn find_mergeable_anon_vma(&self, mm: MmId, id: VmaId) -> Option<AnonVmaId> {
        let vmas = &self.mm(mm).vmas;
        let vma = vmas.get(id);
        let above = vmas.next(id).map(|next| vmas.get(next)).filter(|next| differ_in_rights_only(vma, next));
        let below =
            || vmas.prev(id).map(|prev| vmas.get(prev)).filter(|prev| differ_in_rights_only(prev, vma));
        self.singular_family(above).or_else(|| self.singular_family(below()))
    }

    fn singular_family(&self, vma: Option<&Vma>) -> Option<AnonVmaId> {
        vma.filter(|vma| self.anon.is_singular(vma))?.anon_vma
    }

    /// Gives `target`, if it has no family, those of `source`, whose pages it is about to take over.
    pub(super) fn dup_anon_vma(&mut self, mm: MmId, target: VmaId, source: VmaId) {
        let vmas = &self.mm(mm).vmas;
        let source = *vmas.get(source);
        if source.anon_vma.is_some() && vmas.get(target).anon_vma.is_none() {
            self.clone_families(mm, target, &source);
        }
    }

    /// Gives a mapping without families those of `source`.
    pub(super) fn clone_families(&mut self, mm: MmId, id: VmaId, source: &Vma) {
        if source.anon_vma.is_none() {
            return;
        }
        let mut vma = *self.mm(mm).vmas.get(id);
        self.anon.clone_chain(&mut vma, RmapMember { mm, vma: id }, source);
        *self.mm_mut(mm).vmas.get_mut(id) = vma;
    }

    /// Takes a mapping out of its families; its pages are gone (Linux: in `mremap` with MREMAP_DONTUNMAP).
    pub fn unlink_anon_vmas(&mut self, mm: MmId, id: VmaId) {
        let mut vma = *self.mm(mm).vmas.get(id);
        self.anon.unlink(&mut vma, RmapMember { mm, vma: id });
        *self.mm_mut(mm).vmas.get_mut(id) = vma;
    }
}

/// Whether `upper` goes on where `lower` ends and mprotect could make them one (Linux: `anon_vma_compatible`).
fn differ_in_rights_only(lower: &Vma, upper: &Vma) -> bool {
    lower.end == upper.start
        && lower.file == upper.file
        && (lower.flags ^ upper.flags) - (VmFlags::ACCESS | STICKY) == VmFlags::empty()
        && upper.pgoff == lower.pgoff + lower.pages()
}
