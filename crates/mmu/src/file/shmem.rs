//! tmpfs pages (Linux: `mm/shmem.c`): a page exists once it was written or mapped, and then it is the file.
//!
//! How pages go to swap is in [`swap`](crate::swap). Left out: size limits of the mount.

use super::FileFault;
use crate::fault::FaultError;
use crate::ids::InodeId;
use crate::phys::{FrameFlags, OutOfFrames};
use crate::{Machine, Pfn};

impl Machine {
    /// Answers a fault: a hole gets a page of zeroes, also for a read.
    pub(super) fn shmem_fault(&mut self, inode: InodeId, index: u64) -> FileFault {
        if index >= self.files.inode(inode).size_pages() {
            return FileFault::Sigbus;
        }
        let back = match self.shmem_swap_in(inode, index) {
            Ok(back) => back,
            Err(FaultError::Oom) => return FileFault::Oom,
            Err(_) => return FileFault::Sigbus,
        };
        if let Some((pfn, major)) = back {
            return FileFault::Page { pfn, major, retry: false, new: false };
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

    /// The same for a page that is in memory or in swap; None for a hole.
    ///
    /// # Errors
    /// [`OutOfFrames`], also where the device fails.
    pub(super) fn shmem_find_page(&mut self, inode: InodeId, index: u64) -> Result<Option<Pfn>, OutOfFrames> {
        match self.shmem_swap_in(inode, index) {
            Ok(Some((pfn, _))) => Ok(Some(pfn)),
            Ok(None) => Ok(self.find_page(inode, index)),
            Err(_) => Err(OutOfFrames),
        }
    }

    /// The page, made if it is a hole (`shmem_get_folio`).
    ///
    /// # Errors
    /// [`OutOfFrames`].
    pub fn shmem_get_page(&mut self, inode: InodeId, index: u64) -> Result<Pfn, OutOfFrames> {
        if let Some(pfn) = self.shmem_find_page(inode, index)? {
            return Ok(pfn);
        }
        let pfn = self.filemap_add_folio(inode, index, 0).map_err(|_| OutOfFrames)?;
        self.phys.frame_mut(pfn).remove(FrameFlags::NOT_UPTODATE);
        Ok(pfn)
    }
}
