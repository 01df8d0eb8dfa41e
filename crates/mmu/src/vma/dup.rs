//! The mappings of a forked address space (Linux: `dup_mmap`, mm/mmap.c).

use super::{RmapMember, VmFlags};
use crate::mm::MmStats;
use crate::phys::OutOfFrames;
use crate::{Machine, MmId, VmaId};

impl Machine {
    /// Gives `dst`, which has no mappings, those of `src`, under the same ids, with their pages: DONTFORK ones are left out,
    /// WIPEONFORK ones come without pages, locks are not inherited.
    ///
    /// # Errors
    /// If there are no frames for page tables or no commit; `dst` then has a part of the mappings.
    pub fn dup_vmas(&mut self, src: MmId, dst: MmId) -> Result<(), OutOfFrames> {
        let vmas = self.mm(src).vmas.clone();
        let ids: Vec<VmaId> = vmas.iter().map(|(id, _)| id).collect();
        let stats = self.mm(src).stats;
        let child = self.mm_mut(dst);
        child.vmas = vmas;
        child.stats = MmStats {
            total_vm_pages: stats.total_vm_pages,
            data_vm_pages: stats.data_vm_pages,
            exec_vm_pages: stats.exec_vm_pages,
            stack_vm_pages: stats.stack_vm_pages,
            ..MmStats::default()
        };
        for (n, id) in ids.iter().enumerate() {
            if let Err(error) = self.dup_vma(src, dst, *id) {
                for id in &ids[n + 1..] {
                    self.mm_mut(dst).vmas.remove(*id);
                }
                return Err(error);
            }
        }
        let stats = &mut self.mm_mut(dst).stats;
        stats.peak_vm_pages = stats.total_vm_pages;
        Ok(())
    }

    fn dup_vma(&mut self, src: MmId, dst: MmId, id: VmaId) -> Result<(), OutOfFrames> {
        let parent = *self.mm(src).vmas.get(id);
        let pages = parent.pages();
        if parent.flags.contains(VmFlags::DONTCOPY) {
            self.mm_mut(dst).vmas.remove(id);
            self.account_vm(dst, parent.flags - VmFlags::LOCKED, -(pages as i64));
            return Ok(());
        }
        if parent.flags.contains(VmFlags::ACCOUNT) && !self.charge_commit(src, pages) {
            self.mm_mut(dst).vmas.remove(id);
            return Err(OutOfFrames);
        }
        self.enter_child(src, dst, id);
        if parent.flags.contains(VmFlags::WIPEONFORK) {
            return Ok(());
        }
        self.copy_page_range(dst, src, id)
    }

    /// Makes the child's mapping its own: without locks, in families and among its file's mappings.
    fn enter_child(&mut self, src: MmId, dst: MmId, id: VmaId) {
        let member = RmapMember { mm: dst, vma: id };
        let parent = *self.mm(src).vmas.get(id);
        let mut child = parent;
        child.flags -= VmFlags::LOCKED | VmFlags::LOCKONFAULT;
        child.flags -= VmFlags::HUGETLB_DEPRIVED | VmFlags::HUGETLB_OWNER;
        (child.anon_vma, child.chain) = (None, 0);
        if !parent.flags.contains(VmFlags::WIPEONFORK) {
            self.anon.fork(&mut child, member, &parent);
        }
        *self.mm_mut(dst).vmas.get_mut(id) = child;
        self.enter_file(dst, id, &child);
    }

    /// Removes all mappings; their pages are gone already. Their commit charge goes back (Linux: the end of `exit_mmap`).
    pub fn remove_all_vmas(&mut self, mm: MmId) {
        while let Some(id) = self.mm(mm).vmas.first() {
            let vma = self.remove_vma(mm, id);
            if vma.flags.contains(VmFlags::ACCOUNT) {
                self.uncharge_commit(vma.pages());
            }
        }
    }
}
