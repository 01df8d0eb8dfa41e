//! `fsync(2)` and the scenarios' `evict`.

use super::fd::Fd;
use crate::{Errno, Task};
use memtwin_mmu::FileId;

impl Task<'_> {
    /// Writes a file's dirty pages out.
    ///
    /// # Errors
    /// `EBADF`; `EINVAL` for the null device; `EIO` once after a write that failed.
    pub fn fsync(&mut self, fd: u64) -> Result<(), Errno> {
        let id = self.regular(fd)?;
        let inode = self.machine().files.file(id).inode;
        self.machine().fsync_range(inode, 0, u64::MAX);
        self.machine().check_write_errors(id).map_err(|_| Errno::EIO)
    }

    /// Writes a file back and drops its pages from the page cache, save those that a process maps.
    ///
    /// # Errors
    /// `EBADF`.
    pub fn evict(&mut self, fd: u64) -> Result<(), Errno> {
        if let Fd::File(id) = self.process().fds.get(fd)? {
            let inode = self.machine().files.file(id).inode;
            self.machine().evict_inode_pages(inode);
        }
        Ok(())
    }

    fn regular(&self, fd: u64) -> Result<FileId, Errno> {
        match self.process().fds.get(fd)? {
            Fd::File(id) => Ok(id),
            Fd::Null => Err(Errno::EINVAL),
        }
    }
}
