//! Files as the memory manager sees them: inodes with their page caches, open files with their readahead state, the stores
//! behind them (Linux: `mm/filemap.c`, `mm/readahead.c`, `mm/truncate.c`, `mm/shmem.c`, and what of ext4 shows).
//!
//! [`inode`] and [`open`] hold the objects, [`cache`] enters and removes folios, [`fault`] answers page faults, [`readahead`]
//! decides what is read in advance, [`dirty`] how much may be dirty, [`read`] and [`mod@write`] move bytes between pages and user memory, [`writeback`] cleans pages,
//! [`truncate`] and [`invalidate`] remove them, [`shmem`] is tmpfs. Names and directories are the kernel crate's.

pub mod advise;
pub mod cache;
mod cached_run;
pub mod check;
pub mod content;
pub mod dirty;
pub mod fault;
pub mod inode;
pub mod invalidate;
pub mod journal;
pub mod open;
mod overlap;
pub mod pattern;
pub mod read;
pub mod readahead;
pub mod shmem;
pub mod store;
pub mod truncate;
pub mod write;
mod write_errors;
pub mod writeback;

pub use dirty::Dirty;
pub use fault::FileFault;
pub use inode::{Backing, Inode};
pub use open::{File, OpenMode};
pub use read::IoResult;
pub use write_errors::WriteFailed;

use crate::ids::{FileId, InodeId};
use serde::{Deserialize, Serialize};

/// All inodes and open files of a machine.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Files {
    inodes: Vec<Option<Inode>>,
    files: Vec<Option<File>>,
    free_inodes: Vec<InodeId>,
    free_files: Vec<FileId>,
    last_ino: u64,
    journal: journal::Journal,
    /// Its dirty pages.
    pub dirty: Dirty,
}

impl Files {
    /// An inode that lives.
    ///
    /// # Panics
    /// If `id` was not given out or is gone: ids come only from this machine.
    pub fn inode(&self, id: InodeId) -> &Inode {
        self.inodes[id.index()].as_ref().expect("a live InodeId")
    }

    /// The same, to change.
    ///
    /// # Panics
    /// As [`inode`](Self::inode).
    pub fn inode_mut(&mut self, id: InodeId) -> &mut Inode {
        self.inodes[id.index()].as_mut().expect("a live InodeId")
    }

    /// An open file.
    ///
    /// # Panics
    /// If `id` was not given out or is gone: ids come only from this machine.
    pub fn file(&self, id: FileId) -> &File {
        self.files[id.index()].as_ref().expect("a live FileId")
    }

    /// The same, to change.
    ///
    /// # Panics
    /// As [`file`](Self::file).
    pub fn file_mut(&mut self, id: FileId) -> &mut File {
        self.files[id.index()].as_mut().expect("a live FileId")
    }

    /// The inodes that live.
    pub fn inodes(&self) -> impl Iterator<Item = (InodeId, &Inode)> {
        self.inodes.iter().enumerate().filter_map(|(i, inode)| Some((InodeId(i as u32), inode.as_ref()?)))
    }

    pub(crate) fn next_ino(&mut self) -> u64 {
        self.last_ino += 1;
        self.last_ino
    }

    pub(crate) fn add_inode(&mut self, inode: Inode) -> InodeId {
        let id = self.free_inodes.pop().unwrap_or(InodeId(self.inodes.len() as u32));
        put(&mut self.inodes, id.index(), inode);
        id
    }

    pub(crate) fn add_file(&mut self, file: File) -> FileId {
        let id = self.free_files.pop().unwrap_or(FileId(self.files.len() as u32));
        put(&mut self.files, id.index(), file);
        id
    }

    pub(crate) fn drop_inode(&mut self, id: InodeId) {
        self.inodes[id.index()] = None;
        self.free_inodes.push(id);
    }

    pub(crate) fn drop_file(&mut self, id: FileId) {
        self.files[id.index()] = None;
        self.free_files.push(id);
    }
}

fn put<T>(slots: &mut Vec<Option<T>>, at: usize, value: T) {
    if at == slots.len() {
        slots.push(Some(value));
    } else {
        slots[at] = Some(value);
    }
}
