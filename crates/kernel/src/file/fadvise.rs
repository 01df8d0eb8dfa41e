//! `posix_fadvise(2)` (Linux: `mm/fadvise.c`).

use super::fd::Fd;
use crate::{Errno, Task};
use memtwin_mmu::{Backing, FileId, OpenMode};

/// The advices by number (`POSIX_FADV_…`).
const NORMAL: u64 = 0;
const RANDOM: u64 = 1;
const SEQUENTIAL: u64 = 2;
const WILLNEED: u64 = 3;
const DONTNEED: u64 = 4;
const NOREUSE: u64 = 5;

impl Task<'_> {
    /// Advises on the use of `len` bytes at `offset` of a file; 0 bytes: to the end.
    ///
    /// # Errors
    /// `EBADF`, `EINVAL` for a negative length or an unknown advice.
    pub fn fadvise(&mut self, fd: u64, offset: u64, len: u64, advice: u64) -> Result<(), Errno> {
        let fd = self.process().fds.get(fd)?;
        if len > i64::MAX as u64 || advice > NOREUSE {
            return Err(Errno::EINVAL);
        }
        let Fd::File(id) = fd else { return Ok(()) };
        let inode = self.machine().files.file(id).inode;
        match self.machine().files.inode(inode).backing {
            Backing::Shmem if advice != DONTNEED => return Ok(()),
            Backing::Hugetlb => return Ok(()),
            _ => {}
        }
        let end = if len == 0 { u64::MAX } else { offset.saturating_add(len) };
        match advice {
            NORMAL | RANDOM | SEQUENTIAL => self.set_readahead(id, advice),
            WILLNEED => self.machine().fadvise_willneed(id, offset, end),
            DONTNEED => self.machine().fadvise_dontneed(inode, offset, end),
            _ => self.machine().files.file_mut(id).mode.insert(OpenMode::NOREUSE),
        }
        Ok(())
    }

    fn set_readahead(&mut self, id: FileId, advice: u64) {
        let pages = (self.machine().config.readahead_bytes >> self.machine().page_shift()) as u32;
        let file = self.machine().files.file_mut(id);
        file.mode.set(OpenMode::RANDOM, advice == RANDOM);
        if advice == NORMAL {
            file.mode.remove(OpenMode::NOREUSE);
        }
        file.ra.ra_pages = match advice {
            NORMAL => pages,
            SEQUENTIAL => pages * 2,
            _ => file.ra.ra_pages,
        };
    }
}
