//! Files for measurements, gone when they are dropped.

use super::{Region, check};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd, FromRawFd};

/// A file without a name.
pub(in super::super) struct Scratch {
    file: File,
    len: usize,
}

impl Scratch {
    /// On tmpfs, without a page yet.
    pub(in super::super) fn memory(len: usize) -> io::Result<Scratch> {
        // SAFETY: a literal; the descriptor is new and nobody else's.
        let file = unsafe {
            let fd = check(libc::memfd_create(c"memtwin".as_ptr(), libc::MFD_CLOEXEC))?;
            File::from_raw_fd(fd)
        };
        file.set_len(len as u64)?;
        Ok(Scratch { file, len })
    }

    /// In the directory for temporary files, written.
    pub(in super::super) fn file(len: usize) -> io::Result<Scratch> {
        let path = std::env::temp_dir().join(format!("memtwin-calibrate-{}", std::process::id()));
        let mut file = File::options().read(true).write(true).create_new(true).open(&path)?;
        std::fs::remove_file(&path)?;
        file.write_all(&vec![1; len])?;
        file.sync_all()?;
        Ok(Scratch { file, len })
    }

    /// A mapping of all of it.
    pub(in super::super) fn map(&self, shared: bool) -> io::Result<Region> {
        Region::of_file(self.file.as_fd(), self.len, shared)
    }

    /// Writes it back: the next write to a page of a shared mapping faults.
    pub(in super::super) fn clean(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// Drops its pages from the page cache.
    pub(in super::super) fn evict(&self) -> io::Result<()> {
        self.file.sync_all()?;
        let all = self.len as libc::off_t;
        // SAFETY: numbers only.
        check(unsafe { libc::posix_fadvise(self.file.as_raw_fd(), 0, all, libc::POSIX_FADV_DONTNEED) })
            .map(drop)
    }
}
