//! Names of files: one directory of regular files, and what `/proc/PID/maps` shows for a file without a name there.

use memtwin_mmu::InodeId;
use std::collections::BTreeMap;

/// The names there are.
#[derive(Clone, Debug, Default)]
pub struct Namespace {
    by_name: BTreeMap<String, InodeId>,
    shown: BTreeMap<InodeId, String>,
}

impl Namespace {
    /// The file of this name.
    pub fn find(&self, name: &str) -> Option<InodeId> {
        self.by_name.get(name).copied()
    }

    /// Enters a regular file.
    pub fn link(&mut self, name: &str, inode: InodeId) {
        self.by_name.insert(name.to_owned(), inode);
        self.shown.insert(inode, name.to_owned());
    }

    /// Says how a file without a name in the directory is shown.
    pub fn show_as(&mut self, inode: InodeId, shown: String) {
        self.shown.insert(inode, shown);
    }

    /// How a mapping of the file is shown; shared anonymous memory has no entry of its own.
    pub fn shown(&self, inode: InodeId) -> &str {
        self.shown.get(&inode).map_or("/dev/zero (deleted)", String::as_str)
    }
}
