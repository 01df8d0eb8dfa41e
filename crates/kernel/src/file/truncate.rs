//! `ftruncate(2)`.

use super::fd::Fd;
use crate::{Errno, Task};
use memtwin_mmu::{Backing, OpenMode};

/// The largest ext4 file with blocks of 4 KiB, in bytes.
pub const EXT4_MAX_BYTES: u64 = 0xfff_ffff_f000;
/// The largest file on tmpfs or hugetlbfs, in bytes.
const SHMEM_MAX_BYTES: u64 = i64::MAX as u64;

impl Task<'_> {
    /// Sets the size of an open file.
    ///
    /// # Errors
    /// `EINVAL` for a negative size, a file not opened for writing, or a size that is not of whole pages of a pool, `EBADF`, `EFBIG` also over RLIMIT_FSIZE.
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
        let node = self.machine().files.inode(inode);
        let (old, max) = (node.size, max_bytes(node.backing));
        if size > old && size > max.min(self.file_size_limit()) {
            return Err(Errno::EFBIG);
        }
        if let Some(level) = self.machine().hugetlb_file_level(id)
            && !size.is_multiple_of(self.machine().config.format.span(level))
        {
            return Err(Errno::EINVAL);
        }
        self.machine().truncate(inode, size);
        Ok(())
    }

    /// RLIMIT_FSIZE, in bytes: to where writing and growing may go.
    pub(super) fn file_size_limit(&self) -> u64 {
        self.kernel.machine.mm(self.mm).limits.file_size.soft
    }
}

/// The largest file of a kind, in bytes (`s_maxbytes`).
pub(super) fn max_bytes(backing: Backing) -> u64 {
    match backing {
        Backing::Shmem | Backing::Hugetlb => SHMEM_MAX_BYTES,
        _ => EXT4_MAX_BYTES,
    }
}
