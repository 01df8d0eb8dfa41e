//! Advice on a mapping that concerns its file: MADV_WILLNEED reads, MADV_REMOVE punches (Linux: `madvise_willneed`,
//! `madvise_remove`).

use super::Backing;
use crate::ids::InodeId;
use crate::region::RegionError;
use crate::swap::{SlotId, SlotOwner};
use crate::{Machine, MmId, VirtAddr, VmaId};

impl Machine {
    /// Reads the pages of a file that `start..end` of its mapping shows. Without a file, and of tmpfs, what is swapped out is read
    /// into the swap cache.
    ///
    /// # Errors
    /// None; as the other advices.
    pub(crate) fn madvise_willneed(
        &mut self,
        mm: MmId,
        id: VmaId,
        start: VirtAddr,
        end: VirtAddr,
    ) -> Result<(), RegionError> {
        let vma = *self.mm(mm).vmas.get(id);
        let shift = self.page_shift();
        let (first, pages) = (vma.page_index(start, shift), (end - start) >> shift);
        match (vma.file, vma.inode) {
            (Some(file), Some(inode)) if self.files.inode(inode).backing == Backing::Ext4 => {
                self.force_page_cache_ra(file, first, pages);
            }
            (Some(_), Some(inode)) => self.shmem_swap_in_ahead(inode, first, first + pages),
            _ if self.swap.used() > 0 => {
                (0..pages).for_each(|page| self.swap_in_ahead(mm, start + (page << shift)));
                self.lru_add_drain();
            }
            _ => {}
        }
        Ok(())
    }

    /// Reads what is in swap of a file's pages from `first` to before `last` into the swap cache (`shmem_swapin_range`).
    fn shmem_swap_in_ahead(&mut self, inode: InodeId, first: u64, last: u64) {
        let swapped = self.files.inode(inode).swapped.range(first..last);
        let swapped: Vec<(u64, SlotId)> = swapped.map(|(index, slot)| (*index, *slot)).collect();
        for (index, slot) in swapped {
            // What cannot be read is left to who asks for it.
            let _ = self.page_of_slot(SlotOwner::shmem(inode, index), slot);
        }
        self.lru_add_drain();
    }

    /// Makes the part of the file that `start..end` of its mapping shows a hole; private copies stay.
    ///
    /// # Errors
    /// None; as the other advices.
    pub(crate) fn madvise_remove(
        &mut self,
        mm: MmId,
        id: VmaId,
        start: VirtAddr,
        end: VirtAddr,
    ) -> Result<(), RegionError> {
        let vma = *self.mm(mm).vmas.get(id);
        let Some(inode) = vma.inode else { return Ok(()) };
        let first = vma.page_index(start, self.page_shift()) * self.page_size();
        self.punch_hole(inode, first, first + (end - start));
        Ok(())
    }
}
