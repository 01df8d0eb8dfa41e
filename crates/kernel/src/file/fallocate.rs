//! `fallocate(2)` (Linux: `vfs_fallocate`): pages of hugetlbfs in advance, and holes in memory files and on the disk.

use super::fd::Fd;
use super::truncate::max_bytes;
use crate::support::support_rows;
use crate::{Errno, Task};
use memtwin_mmu::OpenMode;

support_rows! {
    "fallocate";
    "" => Refused("EOPNOTSUPP, but on hugetlbfs, where it is as Linux's"),
    "FALLOC_FL_KEEP_SIZE" => Refused("EOPNOTSUPP, but on hugetlbfs, where it is as Linux's"),
    "FALLOC_FL_PUNCH_HOLE" => AsLinux,
    "FALLOC_FL_PUNCH_HOLE of parts of pages" => Refused("EOPNOTSUPP, but on hugetlbfs, where it is as Linux's"),
    "other modes" => Refused("EOPNOTSUPP, as on hugetlbfs"),
}

/// FALLOC_FL_KEEP_SIZE.
const KEEP_SIZE: u32 = 1;
/// FALLOC_FL_PUNCH_HOLE, which must keep the size.
const PUNCH_HOLE: u32 = 2;

impl Task<'_> {
    /// Gives `len` bytes at `off` of a file pages, or takes them. Of `mode` only the lower 32 bits count.
    ///
    /// # Errors
    /// `EBADF`; `EINVAL` for a negative offset or a length that is not positive; `EOPNOTSUPP` for what is not modelled; `ENODEV` for the
    /// null device; `EFBIG`; `ENOSPC` where the pool is empty, with the pages before in place.
    pub fn fallocate(&mut self, fd: u64, mode: u64, off: u64, len: u64) -> Result<(), Errno> {
        let (fd, mode) = (self.process().fds.get(fd)?, mode as u32);
        if off > i64::MAX as u64 || len == 0 || len > i64::MAX as u64 {
            return Err(Errno::EINVAL);
        }
        if mode & !(KEEP_SIZE | PUNCH_HOLE) != 0 || mode == PUNCH_HOLE {
            return Err(Errno::EOPNOTSUPP);
        }
        let Fd::File(id) = fd else { return Err(Errno::ENODEV) };
        let file = self.machine().files.file(id);
        if !file.mode.contains(OpenMode::WRITE) {
            return Err(Errno::EBADF);
        }
        let inode = file.inode;
        let node = self.machine().files.inode(inode);
        let (end, size) = (off + len, node.size);
        if end > max_bytes(node.backing) {
            return Err(Errno::EFBIG);
        }
        let huge = self.machine().hugetlb_file_level(id).is_some();
        let punch = mode == PUNCH_HOLE | KEEP_SIZE;
        let whole = [off, end].iter().all(|edge| edge.is_multiple_of(self.kernel.machine.page_size()));
        match (huge, punch) {
            (true, false) if end > size && end > self.file_size_limit() => Err(Errno::EFBIG),
            (true, false) => {
                let filled = self.machine().hugetlb_fallocate(inode, off, end, mode == KEEP_SIZE);
                filled.map_err(|_| Errno::ENOSPC)
            }
            (false, false) => Err(Errno::EOPNOTSUPP),
            (false, true) if !whole => Err(Errno::EOPNOTSUPP),
            (_, true) => {
                self.machine().punch_hole(inode, off, end);
                Ok(())
            }
        }
    }
}
