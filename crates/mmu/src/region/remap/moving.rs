//! The move itself: a copy of the mapping, its page-table entries, and the end of the old one (Linux: `move_vma`).

use super::Remap;
use crate::region::RegionError;
use crate::{Machine, VirtAddr, VmFlags, Vma, VmaId};

/// Mappings that a move may need beyond those there are: it cuts two in three.
const MAPS_NEEDED: usize = 3;

impl Machine {
    /// Moves the mapping to `ask.new_addr`; that address.
    pub(super) fn move_vma(&mut self, remap: &mut Remap) -> Result<u64, RegionError> {
        let (mm, ask) = (remap.mm, remap.ask);
        if self.mm(mm).vmas.len() >= self.config.max_map_count.saturating_sub(MAPS_NEEDED) {
            return Err(RegionError::NoMemory);
        }
        let old = *self.mm(mm).vmas.get(remap.vma);
        self.charge_remap(remap, &old)?;
        let new = self.copy_remapped(remap);
        let peak = self.mm(mm).stats.peak_vm_pages;
        self.account_vm(mm, old.flags, (ask.new_len >> self.page_shift()) as i64);
        if ask.dont_unmap {
            self.dontunmap_complete(remap, new);
        } else {
            self.unmap_source(remap, old.flags);
        }
        let stats = &mut self.mm_mut(mm).stats;
        stats.peak_vm_pages = peak.max(stats.total_vm_pages);
        Ok(ask.new_addr)
    }

    /// Charges what a growing or duplicated mapping needs; the pages charged.
    pub(super) fn charge_remap(&mut self, remap: &Remap, vma: &Vma) -> Result<u64, RegionError> {
        if !vma.flags.contains(VmFlags::ACCOUNT) {
            return Ok(0);
        }
        let bytes = if remap.ask.dont_unmap { remap.ask.new_len } else { remap.delta };
        let pages = bytes >> self.page_shift();
        if self.charge_commit(remap.mm, pages) { Ok(pages) } else { Err(RegionError::NoMemory) }
    }

    /// Makes the new mapping and moves the entries. The copy may swallow the old mapping, which `remap` then follows.
    fn copy_remapped(&mut self, remap: &mut Remap) -> VmaId {
        let (mm, ask) = (remap.mm, remap.ask);
        let (from, to) = (VirtAddr::new(ask.addr), VirtAddr::new(ask.new_addr));
        let (old, new) = self.copy_vma(mm, remap.vma, from, to, ask.new_len);
        remap.vma = old;
        let vma = *self.mm(mm).vmas.get(old);
        if vma.hugetlb_level().is_some() {
            self.hugetlb_move(mm, &vma, from, to, ask.old_len);
            self.set_vma_flags(mm, old, vma.flags - VmFlags::HUGETLB_OWNER);
        } else {
            self.move_page_tables(mm, old, from, new, to, ask.old_len);
        }
        new
    }

    /// The old mapping stays without pages, lock and, if it was moved whole, family. `locked_vm` keeps its pages, as Linux's
    /// does.
    fn dontunmap_complete(&mut self, remap: &Remap, new: VmaId) {
        let (mm, ask) = (remap.mm, remap.ask);
        let vma = *self.mm(mm).vmas.get(remap.vma);
        self.set_vma_flags(mm, remap.vma, vma.flags - (VmFlags::LOCKED | VmFlags::LOCKONFAULT));
        let whole = vma.start.get() == ask.addr && vma.end.get() == ask.addr + ask.old_len;
        if new != remap.vma && whole {
            self.unlink_anon_vmas(mm, remap.vma);
        }
    }

    /// Unmaps the old range. Its commit charge went along with the mapping; if it cannot be cut out, it counts twice.
    fn unmap_source(&mut self, remap: &Remap, flags: VmFlags) {
        let (mm, ask) = (remap.mm, remap.ask);
        let unmapped = self.munmap_range(mm, ask.addr, ask.old_len);
        if unmapped.is_err() || flags.contains(VmFlags::ACCOUNT) {
            self.commit.pages += ask.old_len >> self.page_shift();
        }
    }
}
