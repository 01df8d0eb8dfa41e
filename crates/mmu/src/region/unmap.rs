//! Taking mappings away (Linux: `do_vmi_munmap`, `vms_gather_munmap_vmas`, `vms_complete_munmap_vmas` of mm/vma.c).
//!
//! It has two halves, since a MAP_FIXED may fail between them: `gather_unmap` cuts the mappings at the
//! range's ends, `complete_unmap` removes what lies between. The cuts stay if nothing follows.

use super::RegionError;
use crate::{Machine, MmId, VirtAddr, VmFlags, VmaId};

/// What a range that is about to be unmapped holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gathered {
    /// The first mapping of it.
    first: VmaId,
    /// Mapped pages.
    pub(crate) pages: u64,
    /// Those of them that are charged.
    pub(crate) accounted_pages: u64,
}

impl Machine {
    /// Unmaps `len` bytes at `start`, cutting mappings at the ends (Linux: `do_munmap`). Holes are no error.
    ///
    /// # Errors
    /// `Invalid` for a range that is empty, not page aligned or outside user space, `NoMemory` if a mapping would have to be cut
    /// in three with `max_map_count` reached, `Permission` for a sealed mapping.
    pub fn munmap_range(&mut self, mm: MmId, start: u64, len: u64) -> Result<(), RegionError> {
        let task_size = self.task_size();
        if !self.is_page_aligned(start) || start > task_size || len > task_size - start || len == 0 {
            return Err(RegionError::Invalid);
        }
        let end = start + self.page_align(len);
        self.unmap_aligned(mm, VirtAddr::new(start), VirtAddr::new(end))
    }

    /// The same for a range known to be sane (Linux: `do_vmi_align_munmap`).
    pub(crate) fn unmap_aligned(
        &mut self,
        mm: MmId,
        start: VirtAddr,
        end: VirtAddr,
    ) -> Result<(), RegionError> {
        if self.quick_unmap(mm, start, end) { Ok(()) } else { self.unmap_gathered(mm, start, end) }
    }

    #[inline(never)]
    pub(super) fn unmap_gathered(
        &mut self,
        mm: MmId,
        start: VirtAddr,
        end: VirtAddr,
    ) -> Result<(), RegionError> {
        if let Some(gathered) = self.gather_unmap(mm, start, end)? {
            self.gather(|machine| machine.complete_unmap(mm, &gathered, end));
            self.uncharge_commit(gathered.accounted_pages);
        }
        Ok(())
    }

    /// Cuts mappings so that those in the range lie wholly in it. None if there are none.
    pub(crate) fn gather_unmap(
        &mut self,
        mm: MmId,
        start: VirtAddr,
        end: VirtAddr,
    ) -> Result<Option<Gathered>, RegionError> {
        let Some(mut id) = self.first_in(mm, start, end) else { return Ok(None) };
        let first = *self.mm(mm).vmas.get(id);
        if first.start < start {
            if end < first.end && self.mm(mm).vmas.len() >= self.config.max_map_count {
                return Err(RegionError::NoMemory);
            }
            if first.is_sealed() {
                return Err(RegionError::Permission);
            }
            self.may_split(&first, start)?;
            (_, id) = self.split_vma(mm, id, start);
        }
        let mut gathered = Gathered { first: id, pages: 0, accounted_pages: 0 };
        let mut next = Some(id);
        while let Some(id) = next.filter(|id| self.mm(mm).vmas.get(*id).start < end) {
            let vma = self.mm(mm).vmas.get(id);
            if vma.is_sealed() {
                return Err(RegionError::Permission);
            }
            if vma.end > end {
                self.may_split(vma, end)?;
            }
            let id = self.cut_at(mm, id, end);
            let vma = self.mm(mm).vmas.get(id);
            gathered.pages += vma.pages();
            gathered.accounted_pages += if vma.flags.contains(VmFlags::ACCOUNT) { vma.pages() } else { 0 };
            next = self.mm(mm).vmas.next(id);
        }
        Ok(Some(gathered))
    }

    /// Removes the mappings of a gathered range, which ends at `end`, with their pages and page tables.
    pub(crate) fn complete_unmap(&mut self, mm: MmId, gathered: &Gathered, end: VirtAddr) {
        let vmas = &self.mm(mm).vmas;
        let low = vmas.get(gathered.first).start;
        let floor = vmas.prev(gathered.first).map_or(VirtAddr::new(0), |prev| vmas.get(prev).end);
        let mut high = low;
        let mut next = Some(gathered.first);
        while let Some(id) = next.filter(|id| self.mm(mm).vmas.get(*id).start < end) {
            let vma = self.mm(mm).vmas.get(id);
            let start = vma.start;
            (high, next) = (vma.end, self.mm(mm).vmas.next(id));
            self.zap_range(mm, id, start, high);
        }
        let ceiling = next.map_or(VirtAddr::new(0), |id| self.mm(mm).vmas.get(id).start);
        self.free_pgtables(mm, low, high, floor, ceiling);
        self.remove_unmapped(mm, gathered.first, end);
    }

    /// Removes the mappings from `first` on up to `end`, whose pages are gone.
    fn remove_unmapped(&mut self, mm: MmId, first: VmaId, end: VirtAddr) {
        let mut next = Some(first);
        while let Some(id) = next.filter(|id| self.mm(mm).vmas.get(*id).start < end) {
            next = self.mm(mm).vmas.next(id);
            let vma = self.remove_vma(mm, id);
            self.account_vm(mm, vma.flags, -(vma.pages() as i64));
        }
    }

    /// The first mapping that has a byte in the range.
    pub(crate) fn first_in(&self, mm: MmId, start: VirtAddr, end: VirtAddr) -> Option<VmaId> {
        self.mm(mm).vmas.intersection(start, end)
    }

    /// Cuts the mapping at `end` if it goes further; the lower part.
    fn cut_at(&mut self, mm: MmId, id: VmaId, end: VirtAddr) -> VmaId {
        if self.mm(mm).vmas.get(id).end > end { self.split_vma(mm, id, end).0 } else { id }
    }
}
