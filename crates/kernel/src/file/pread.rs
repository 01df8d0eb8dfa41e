//! `pread(2)`.

use super::fd::Fd;
use super::{MAX_RW_COUNT, access_ok, io_result};
use crate::{Errno, Task};
use memtwin_mmu::OpenMode;

impl Task<'_> {
    /// Reads `len` bytes at offset `pos` into memory at `addr`: the bytes read, fewer at the end of the file or of the memory.
    ///
    /// # Errors
    /// `EINVAL` for a negative offset or length, `EBADF`, `EFAULT` if no byte could be stored.
    pub fn pread(&mut self, fd: u64, addr: u64, len: u64, pos: u64) -> Result<u64, Errno> {
        if pos > i64::MAX as u64 {
            return Err(Errno::EINVAL);
        }
        let fd = self.process().fds.get(fd)?;
        if let Fd::File(id) = fd
            && !self.machine().files.file(id).mode.contains(OpenMode::READ)
        {
            return Err(Errno::EBADF);
        }
        if !access_ok(addr, len) {
            return Err(Errno::EFAULT);
        }
        if len > i64::MAX as u64 {
            return Err(Errno::EINVAL);
        }
        match fd {
            Fd::Null => Ok(0),
            Fd::File(id) => io_result(self.machine().read_at(id, pos, addr, len.min(MAX_RW_COUNT))),
        }
    }
}
