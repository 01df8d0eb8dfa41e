//! `ftruncate(2)`.

use super::fd::Fd;
use crate::{Errno, Task};
use memtwin_mmu::{Backing, OpenMode};

/// The largest ext4 file with blocks of 4 KiB, in bytes.
pub const EXT4_MAX_BYTES: u64 = 0xfff_ffff_f000;
/// The largest tmpfs file, in bytes.
const SHMEM_MAX_BYTES: u64 = i64::MAX as u64;

impl Task<'_> {
    /// Sets the size of an open file.
    ///
    /// # Errors
    /// `EINVAL` for a negative size or a file not opened for writing, `EBADF`, `EFBIG`.
    pub fn ftruncate(&mut self, fd: u64, size: u64) -> Result<(), Errno> {
        if size > i64::MAX as u64 {
            return Err(Errno::EINVAL);
        }
        let Fd::File(id) = self.process().fds.get(fd)? else { return Err(Errno::EINVAL) };
        let file = self.machine().files.file(id);
        let (inode, mode) = (file.inode, file.mode);
        if !mode.contains(OpenMode::WRITE) {
            return Err(Errno::EINVAL);
        }
        if size > max_bytes(self.machine().files.inode(inode).backing) {
            return Err(Errno::EFBIG);
        }
        self.machine().truncate(inode, size);
        Ok(())
    }
}

/// The largest file of a kind, in bytes (`s_maxbytes`).
pub(super) fn max_bytes(backing: Backing) -> u64 {
    match backing {
        Backing::Shmem => SHMEM_MAX_BYTES,
        _ => EXT4_MAX_BYTES,
    }
}
