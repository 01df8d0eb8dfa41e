//! Files that begin with content: the pattern of `scenario.md`, in the page cache as single pages.

use super::Backing;
use crate::Machine;
use crate::ids::InodeId;
use crate::phys::{FrameFlags, OutOfFrames};

impl Machine {
    /// Fills an empty file with `size` bytes of the pattern, as if they had been written a page at a time and, to ext4,
    /// written out since.
    ///
    /// # Errors
    /// [`OutOfFrames`]; the file then has as many pages as there was memory for.
    pub fn fill_with_pattern(&mut self, id: InodeId, size: u64) -> Result<(), OutOfFrames> {
        let inode = self.files.inode_mut(id);
        inode.size = size;
        inode.store.fill_pattern(size);
        let shmem = inode.backing == Backing::Shmem;
        for index in 0..self.pages_to(size) {
            let pfn = self.grab_page(id, index)?;
            self.read_page(pfn);
            if shmem {
                self.phys.frame_mut(pfn).insert(FrameFlags::REFERENCED);
                self.set_page_dirty(pfn);
            }
        }
        Ok(())
    }
}
