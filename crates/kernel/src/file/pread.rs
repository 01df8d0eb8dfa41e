//! `pread(2)`.

use super::fd::Fd;
use super::{MAX_RW_COUNT, io_result};
use crate::{Errno, Task};
use memtwin_mmu::OpenMode;

impl Task<'_> {
    /// Reads `len` bytes at offset `pos` into memory at `addr`: the bytes read, fewer at the end of the file or of the memory.
    ///
    /// # Errors
    /// `EINVAL` for a negative offset or length, `EBADF`, `EFAULT` if no byte could be stored.
    pub fn pread(&mut self, fd: u64, addr: u64, len: u64, pos: u64) -> Result<u64, Errno> {
        match self.transfer(fd, OpenMode::READ, addr, len, pos)? {
            Fd::Null => Ok(0),
            Fd::File(id) => io_result(self.machine().read_at(id, pos, addr, len.min(MAX_RW_COUNT))),
        }
    }
}
