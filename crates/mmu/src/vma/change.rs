//! Making, splitting, resizing and removing single mappings, with all that refers to them: the tree, the families of pages, the
//! file and its mappings (Linux: `vma_link`, `__split_vma`, `vma_prepare` and `vma_complete`, `remove_vma`).

use super::{Proposal, TooManyMappings, VmFlags, Vma};
use crate::file::Backing;
use crate::vma::RmapMember;
use crate::{Machine, MmId, VirtAddr, VmaId};

impl Machine {
    /// Makes a mapping of a free range. Counts are the caller's.
    pub fn insert_vma(&mut self, mm: MmId, new: &Proposal) -> VmaId {
        let inode = new.file.map(|file| self.files.file(file).inode);
        let vma = Vma {
            flags: new.flags,
            pgoff: new.pgoff,
            file: new.file,
            inode,
            page_prot: self.page_prot(new.flags, inode),
            ..Vma::new(new.start, new.end, self.page_shift())
        };
        self.link_vma(mm, vma)
    }

    /// Puts a mapping without families into the tree; its file gets a user more.
    pub(super) fn link_vma(&mut self, mm: MmId, vma: Vma) -> VmaId {
        let id = self.mm_mut(mm).vmas.insert(vma);
        self.enter_file(mm, id, &vma);
        id
    }

    /// Enters a mapping that is new among those of its file, if it has one.
    pub(super) fn enter_file(&mut self, mm: MmId, id: VmaId, vma: &Vma) {
        if let Some(file) = vma.file {
            self.get_file(file);
            self.i_mmap.link(vma, RmapMember { mm, vma: id });
        }
    }

    /// Takes a mapping away with its memberships. Its pages and counts are the caller's.
    pub fn remove_vma(&mut self, mm: MmId, id: VmaId) -> Vma {
        let vma = self.mm_mut(mm).vmas.remove(id);
        self.hugetlb_close(&vma);
        let member = RmapMember { mm, vma: id };
        self.anon.unlink(&mut { vma }, member);
        if let Some(file) = vma.file {
            self.i_mmap.unlink(&vma, member);
            self.fput(file);
        }
        vma
    }

    /// Splits a mapping at `addr`, which is inside: the lower part, which keeps the id, and the upper.
    pub fn split_vma(&mut self, mm: MmId, id: VmaId, addr: VirtAddr) -> (VmaId, VmaId) {
        let whole = *self.mm(mm).vmas.get(id);
        self.split_huge_at(mm, &whole, addr);
        let pgoff = whole.page_index(addr, self.page_shift());
        let upper = Vma { start: addr, pgoff, anon_vma: None, chain: 0, ..whole };
        let upper_id = self.mm_mut(mm).vmas.split(id, upper);
        if whole.anon_vma.is_some() || whole.inode.is_some() {
            let lower = Vma { end: addr, ..whole };
            self.note_range(mm, id, &whole, &lower);
            self.enter_file(mm, upper_id, &upper);
            self.clone_families(mm, upper_id, &whole);
        }
        (id, upper_id)
    }

    /// The same within `max_map_count`.
    pub(crate) fn split_vma_checked(
        &mut self,
        mm: MmId,
        id: VmaId,
        addr: VirtAddr,
    ) -> Result<(VmaId, VmaId), TooManyMappings> {
        if self.mm(mm).vmas.len() >= self.config.max_map_count {
            return Err(TooManyMappings);
        }
        Ok(self.split_vma(mm, id, addr))
    }

    /// Moves a mapping's bounds, its offset along with the start.
    pub(crate) fn set_vma_range(&mut self, mm: MmId, id: VmaId, start: VirtAddr, end: VirtAddr) {
        let vmas = &mut self.mm_mut(mm).vmas;
        let vma = vmas.get(id);
        if vma.anon_vma.is_none() && vma.inode.is_none() {
            return vmas.resize(id, start, end);
        }
        let old = *vma;
        vmas.resize(id, start, end);
        let new = *vmas.get(id);
        self.note_range(mm, id, &old, &new);
    }

    /// Tells families and file of a mapping's new bounds.
    fn note_range(&mut self, mm: MmId, id: VmaId, old: &Vma, new: &Vma) {
        let member = RmapMember { mm, vma: id };
        self.anon.relink(old, new, member);
        self.i_mmap.relink(old, new, member);
    }

    /// Sets a mapping's flags and what follows from them for its entries. Those already there are the caller's.
    pub fn set_vma_flags(&mut self, mm: MmId, id: VmaId, flags: VmFlags) {
        let page_prot = self.page_prot(flags, self.mm(mm).vmas.get(id).inode);
        let vma = self.mm_mut(mm).vmas.get_mut(id);
        (vma.flags, vma.page_prot) = (flags, page_prot);
    }

    /// Whether stores to clean pages of the file must fault first (Linux: `vma_wants_writenotify`).
    pub(super) fn wants_writenotify(&self, inode: Option<crate::InodeId>) -> bool {
        inode.is_some_and(|inode| self.files.inode(inode).backing == Backing::Ext4)
    }
}
