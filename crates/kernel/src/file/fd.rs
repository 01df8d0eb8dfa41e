//! File descriptors (Linux: `fs/file.c`).

use crate::Errno;
use memtwin_mmu::FileId;
use serde::{Deserialize, Serialize};

/// Descriptors a process may have (RLIMIT_NOFILE).
const NOFILE: usize = 1024;

/// What a descriptor refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fd {
    /// The null device.
    Null,
    /// An open file.
    File(FileId),
}

/// A process's descriptors. The first three are the null device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FdTable(Vec<Option<Fd>>);

impl Default for FdTable {
    fn default() -> Self {
        FdTable(vec![Some(Fd::Null); 3])
    }
}

impl FdTable {
    /// What descriptor `fd` refers to; of the register only the lower 32 bits count.
    ///
    /// # Errors
    /// `EBADF`.
    pub fn get(&self, fd: u64) -> Result<Fd, Errno> {
        self.0.get(fd as u32 as usize).copied().flatten().ok_or(Errno::EBADF)
    }

    /// Gives the lowest free descriptor to `file`.
    ///
    /// # Errors
    /// `EMFILE`.
    pub fn install(&mut self, file: FileId) -> Result<u64, Errno> {
        let at = self.0.iter().position(Option::is_none).unwrap_or(self.0.len());
        if at >= NOFILE {
            return Err(Errno::EMFILE);
        }
        if at == self.0.len() {
            self.0.push(None);
        }
        self.0[at] = Some(Fd::File(file));
        Ok(at as u64)
    }

    /// Takes descriptor `fd` away: what it referred to.
    ///
    /// # Errors
    /// `EBADF`.
    pub fn remove(&mut self, fd: u64) -> Result<Fd, Errno> {
        let slot = self.0.get_mut(fd as u32 as usize).ok_or(Errno::EBADF)?;
        slot.take().ok_or(Errno::EBADF)
    }

    /// The open files, one for each descriptor.
    pub fn files(&self) -> impl Iterator<Item = FileId> + '_ {
        self.0.iter().filter_map(|fd| match fd {
            Some(Fd::File(file)) => Some(*file),
            _ => None,
        })
    }
}
