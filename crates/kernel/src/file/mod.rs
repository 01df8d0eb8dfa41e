//! Files by name and by descriptor: the calls of `open(2)`, `pread(2)`, `ftruncate(2)` and their like.
//!
//! The pages are the machine's (`memtwin_mmu::file`). Left out: directories, permissions of files, offsets of open files (all
//! reads and writes name theirs), everything but regular files, memfd and the null device behind descriptors 0 to 2.

pub mod fadvise;
pub mod fallocate;
pub mod fd;
pub mod memfd;
pub mod names;
pub mod open;
pub mod pread;
pub mod pwrite;
pub mod sync;
pub mod truncate;

pub use fd::{Fd, FdTable};
pub use names::Namespace;
pub use open::OpenFlags;

use crate::{Errno, Task};
use memtwin_mmu::OpenMode;
use memtwin_mmu::file::IoResult;
use memtwin_mmu::file::read::IoError;

/// Bytes that one call moves at most (`MAX_RW_COUNT`).
const MAX_RW_COUNT: u64 = 0x7fff_f000;

impl Task<'_> {
    /// What pread and pwrite check before anything moves: what `fd` is, opened for `mode`.
    fn transfer(&mut self, fd: u64, mode: OpenMode, addr: u64, len: u64, pos: u64) -> Result<Fd, Errno> {
        if pos > i64::MAX as u64 {
            return Err(Errno::EINVAL);
        }
        let fd = self.process().fds.get(fd)?;
        if let Fd::File(id) = fd
            && !self.machine().files.file(id).mode.contains(mode)
        {
            return Err(Errno::EBADF);
        }
        if let Fd::File(id) = fd
            && mode == OpenMode::WRITE
            && self.machine().hugetlb_file_level(id).is_some()
        {
            return Err(Errno::EINVAL);
        }
        if !access_ok(addr, len, self.machine().task_size()) {
            return Err(Errno::EFAULT);
        }
        if len > i64::MAX as u64 {
            return Err(Errno::EINVAL);
        }
        Ok(fd)
    }
}

/// Whether a range lies in user space as a whole (`access_ok`).
fn access_ok(addr: u64, len: u64, task_size: u64) -> bool {
    addr.checked_add(len).is_some_and(|end| end <= task_size)
}

/// Bytes moved count before the error that ended the call.
fn io_result(result: IoResult) -> Result<u64, Errno> {
    match result.error {
        Some(error) if result.bytes == 0 => Err(match error {
            IoError::Fault(_) => Errno::EFAULT,
            IoError::NoMemory => Errno::ENOMEM,
            IoError::Device => Errno::EIO,
            IoError::Invalid => Errno::EINVAL,
        }),
        _ => Ok(result.bytes),
    }
}
