//! Advice on a mapping that concerns its file: MADV_WILLNEED reads, MADV_REMOVE punches (Linux: `madvise_willneed`,
//! `madvise_remove`).

use super::Backing;
use crate::region::RegionError;
use crate::{Machine, MmId, VirtAddr, VmaId};

impl Machine {
    /// Reads the pages of a file that `start..end` of its mapping shows. Without a file, and of tmpfs, only what is swapped out
    /// would be read: nothing happens.
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
        let (Some(file), Some(inode)) = (vma.file, vma.inode) else { return Ok(()) };
        if self.files.inode(inode).backing == Backing::Ext4 {
            let shift = self.page_shift();
            self.force_page_cache_ra(file, vma.page_index(start, shift), (end - start) >> shift);
        }
        Ok(())
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
