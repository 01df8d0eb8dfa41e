//! `pwrite(2)`.

use super::fd::Fd;
use super::truncate::max_bytes;
use super::{MAX_RW_COUNT, io_result};
use crate::{Errno, Task};
use memtwin_mmu::{FileId, OpenMode};

impl Task<'_> {
    /// Writes `len` bytes of memory at `addr` to offset `pos` (to the end, if the file was opened with O_APPEND): the bytes
    /// written, fewer at the end of the memory.
    ///
    /// # Errors
    /// `EINVAL` for a negative offset or length and on hugetlbfs, `EBADF`, `EFBIG` also over RLIMIT_FSIZE, `EFAULT` if no byte could be read, `ENOSPC`.
    pub fn pwrite(&mut self, fd: u64, addr: u64, len: u64, pos: u64) -> Result<u64, Errno> {
        match self.transfer(fd, OpenMode::WRITE, addr, len, pos)? {
            Fd::Null => Ok(len.min(MAX_RW_COUNT)),
            Fd::File(id) => self.write_file(id, addr, len.min(MAX_RW_COUNT), pos),
        }
    }

    fn write_file(&mut self, id: FileId, addr: u64, len: u64, pos: u64) -> Result<u64, Errno> {
        if len == 0 {
            return Ok(0);
        }
        let file = self.machine().files.file(id);
        let (inode, mode) = (file.inode, file.mode);
        let node = self.machine().files.inode(inode);
        let largest = max_bytes(node.backing);
        let pos = if mode.contains(OpenMode::APPEND) { node.size } else { pos };
        let max = largest.min(self.file_size_limit());
        if pos >= max {
            return Err(Errno::EFBIG);
        }
        let written = io_result(self.machine().write_at(inode, pos, addr, len.min(max - pos)))?;
        if mode.contains(OpenMode::SYNC) {
            let page = self.machine().page_size();
            self.machine().fsync_range(inode, pos / page, (pos + written).div_ceil(page));
        }
        Ok(written)
    }
}
