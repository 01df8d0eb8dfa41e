//! tmpfs pages (Linux: `mm/shmem.c`): a page exists once it was written or mapped, and then it is the file.
//!
//! Left out: huge pages of tmpfs, swapping, size limits of the mount.

use super::FileFault;
use crate::ids::InodeId;
use crate::phys::{FrameFlags, OutOfFrames};
use crate::{Machine, Pfn};

impl Machine {
    /// Answers a fault: a hole gets a page of zeroes, also for a read.
    pub(super) fn shmem_fault(&mut self, inode: InodeId, index: u64) -> FileFault {
        if index >= self.files.inode(inode).size_pages() {
            return FileFault::Sigbus;
        }
        let new = self.find_page(inode, index).is_none();
        match self.shmem_get_page(inode, index) {
            Ok(pfn) => {
                self.bring_in(pfn);
                FileFault::Page { pfn, major: false, retry: false, new }
            }
            Err(OutOfFrames) => FileFault::Oom,
        }
    }

    /// The page, made if it is a hole (`shmem_get_folio`).
    ///
    /// # Errors
    /// [`OutOfFrames`].
    pub fn shmem_get_page(&mut self, inode: InodeId, index: u64) -> Result<Pfn, OutOfFrames> {
        if let Some(pfn) = self.find_page(inode, index) {
            return Ok(pfn);
        }
        let pfn = self.filemap_add_folio(inode, index, 0).map_err(|_| OutOfFrames)?;
        let frame = self.phys.frame_mut(pfn);
        frame.insert(FrameFlags::SWAPBACKED);
        frame.remove(FrameFlags::NOT_UPTODATE);
        Ok(pfn)
    }
}
