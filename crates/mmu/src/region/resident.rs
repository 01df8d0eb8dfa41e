//! Which pages of a range are in memory (Linux: `do_mincore` of mm/mincore.c).
//!
//! A page of a file counts if it is in the page cache, mapped here or not; one in swap counts if the swap cache has it (`mincore_swap`).

use super::RegionError;
use crate::paging::table::Lookup;
use crate::{Machine, MmId, VirtAddr, Vma};

impl Machine {
    /// For each page of `start..end` (page aligned) whether it is resident.
    ///
    /// # Errors
    /// `NoMemory` for a hole; the pages below it are lost with the answer.
    pub fn mincore_range(&self, mm: MmId, start: VirtAddr, end: VirtAddr) -> Result<Vec<bool>, RegionError> {
        let mut resident = Vec::new();
        let mut at = start;
        while at < end {
            let id = self.mm(mm).vmas.at(at).ok_or(RegionError::NoMemory)?;
            let vma = self.mm(mm).vmas.get(id);
            let upto = end.min(vma.end);
            while at < upto {
                resident.push(self.is_resident(mm, vma, at));
                at = at + self.page_size();
            }
        }
        Ok(resident)
    }

    fn is_resident(&self, mm: MmId, vma: &Vma, addr: VirtAddr) -> bool {
        if let Some(level) = vma.hugetlb_level() {
            return self.hugetlb_is_resident(mm, vma, level, addr);
        }
        let present = match self.mm(mm).tables.lookup(&self.phys, addr) {
            Lookup::Base(_, pte) | Lookup::Huge(_, _, pte) => match pte.swap_slot() {
                Some((slot, _)) => return self.swap.cached(slot).is_some(),
                None => pte.is_mapped(),
            },
            Lookup::NoTable(_) => false,
        };
        let cached = || {
            let (inode, index) = (vma.inode?, vma.page_index(addr, self.page_shift()));
            if let Some(slot) = self.files.inode(inode).swapped.get(&index) {
                return self.swap.cached(*slot);
            }
            self.find_page(inode, index).filter(|pfn| self.page_uptodate(*pfn))
        };
        present || cached().is_some()
    }
}
