//! Names of files: one directory of regular files, and what `/proc/PID/maps` shows for a file without a name there.

use memtwin_mmu::InodeId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The names there are.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Namespace {
    by_name: BTreeMap<String, InodeId>,
    /// By inode number, which is never used again.
    shown: BTreeMap<u64, String>,
}

impl Namespace {
    /// The file of this name.
    pub fn find(&self, name: &str) -> Option<InodeId> {
        self.by_name.get(name).copied()
    }

    /// Enters a regular file.
    pub fn link(&mut self, name: &str, inode: InodeId) {
        self.by_name.insert(name.to_owned(), inode);
    }

    /// Says how mappings of the file with this inode number are shown; a line end as `\\012`.
    pub fn show_as(&mut self, ino: u64, shown: &str) {
        self.shown.insert(ino, shown.replace('\n', "\\012"));
    }

    /// How a mapping of the file is shown; shared anonymous memory has no entry of its own.
    pub fn shown(&self, ino: u64) -> &str {
        self.shown.get(&ino).map_or("/dev/zero (deleted)", String::as_str)
    }
}
