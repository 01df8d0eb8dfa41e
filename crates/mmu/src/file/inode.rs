//! A file's identity, size and pages (Linux: `struct inode` with its `struct address_space`).

use super::store::Store;
use super::{File, OpenMode};
use crate::ids::{FileId, InodeId};
use crate::reclaim::workingset::Shadow;
use crate::swap::SlotId;
use crate::{Machine, Pfn};
use imbl::OrdMap;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What is behind a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Backing {
    /// A regular file of an ext4 file system on a disk.
    Ext4,
    /// tmpfs: memfd, shared anonymous memory. The page cache is the file.
    Shmem,
    /// hugetlbfs: memfd with MFD_HUGETLB, MAP_HUGETLB. Its pages are a pool's, and in no page cache of base pages.
    Hugetlb,
}

/// Which blocks of a dirty folio are dirty (BH_Dirty).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum DirtyBlocks {
    /// All of them.
    All,
    /// Those of these pages.
    Of(BTreeSet<u64>),
}

impl DirtyBlocks {
    /// Whether page `index` is to be written.
    pub(super) fn contains(&self, index: u64) -> bool {
        match self {
            DirtyBlocks::All => true,
            DirtyBlocks::Of(pages) => pages.contains(&index),
        }
    }

    /// Moves it out, for a folio that is clean soon or gets others.
    pub(super) fn take(&mut self) -> Self {
        std::mem::replace(self, DirtyBlocks::All)
    }
}

/// A file's pages.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Inode {
    /// What is behind it.
    pub backing: Backing,
    /// Its number (`i_ino`), never used again.
    pub ino: u64,
    /// Its size in bytes (`i_size`).
    pub size: u64,
    /// Who refers to it: names and open files.
    pub refs: u32,
    /// Its commit charge in pages, which goes with it: shared anonymous memory's size.
    pub commit_pages: u64,
    /// Cached pages by index; each page of a large folio has an entry of its own (`i_pages`). As what follows, shared by branches, node by
    /// node.
    pub(crate) pages: OrdMap<u64, Pfn>,
    /// Dirty folios by the index of their first page (`PAGECACHE_TAG_DIRTY`), and what of each is.
    pub(crate) dirty: OrdMap<u64, DirtyBlocks>,
    /// Since when there is any, in ns of the modelled clock (`dirtied_when`).
    pub(super) dirtied_ns: u64,
    /// Pages of shared memory that are in swap, by index.
    pub(crate) swapped: BTreeMap<u64, SlotId>,
    /// What evicted pages left behind, by index.
    pub(crate) shadows: OrdMap<u64, Shadow>,
    /// The transaction that it last changed in (`i_sync_tid`).
    pub(super) joined: Option<u64>,
    /// The transaction that what its data need last changed in (`i_datasync_tid`).
    pub(super) joined_data: Option<u64>,
    /// How many calls there had been when its times last changed.
    pub(super) stamped: u64,
    /// Writes of it that failed (`wb_err`).
    pub(super) write_errors: u64,
    /// Somebody was told of the last one (`ERRSEQ_SEEN`).
    pub(super) errors_seen: bool,
    /// It was truncated to nothing: closing it writes it out (`EXT4_STATE_DA_ALLOC_CLOSE`).
    pub(super) flush_on_close: bool,
    /// What is on the disk.
    pub(crate) store: Store,
}

impl Inode {
    /// Pages that the size covers, the last one perhaps in part.
    pub fn size_pages(&self) -> u64 {
        self.size.div_ceil(self.store.page_bytes())
    }

    /// Forgets what was evicted of the pages from `start` to before `end`: the last of the shadows.
    pub(super) fn take_shadows(&mut self, start: u64, end: u64) -> Option<Shadow> {
        if self.shadows.is_empty() {
            return None;
        }
        let within: Vec<u64> = self.shadows.range(start..end.max(start)).map(|(index, _)| *index).collect();
        within.into_iter().fold(None, |_, index| self.shadows.remove(&index))
    }

    /// Cached pages (`nrpages`).
    pub fn cached_pages(&self) -> u64 {
        self.pages.len() as u64
    }
}

impl Machine {
    /// Makes an empty file with one reference, its name's.
    pub fn new_inode(&mut self, backing: Backing) -> InodeId {
        let page_bytes = self.page_size();
        let ino = self.files.next_ino();
        let id = self.files.add_inode(Inode {
            backing,
            ino,
            size: 0,
            refs: 1,
            commit_pages: 0,
            pages: OrdMap::new(),
            dirty: OrdMap::new(),
            dirtied_ns: 0,
            swapped: BTreeMap::new(),
            shadows: OrdMap::new(),
            joined: None,
            write_errors: 0,
            errors_seen: true,
            joined_data: None,
            stamped: 0,
            flush_on_close: false,
            store: Store::new(page_bytes),
        });
        if backing == Backing::Ext4 {
            self.journal_join(id);
            self.stamp(id);
        }
        id
    }

    /// Gives back one reference; the last one drops the file with all its pages.
    pub fn put_inode(&mut self, id: InodeId) {
        let inode = self.files.inode_mut(id);
        inode.refs -= 1;
        if inode.refs == 0 {
            let charged = inode.commit_pages;
            self.hugetlb_evict(id);
            self.uncharge_commit(charged);
            self.truncate_inode_pages(id, 0);
            self.journal_forget(id);
            self.files.drop_inode(id);
        }
    }

    /// Opens a file: the new open file has one reference.
    pub fn open_file(&mut self, inode: InodeId, mode: OpenMode) -> FileId {
        self.files.inode_mut(inode).refs += 1;
        let device = [self.config.readahead_bytes, self.config.max_sectors_kb << 10];
        let pages = device.map(|bytes| (bytes >> self.page_shift()) as u32);
        let errors = self.unseen_from(inode);
        self.files.add_file(File::new(inode, mode, pages, errors))
    }

    /// One more reference to an open file (a descriptor's or a mapping's).
    pub fn get_file(&mut self, id: FileId) {
        self.files.file_mut(id).refs += 1;
    }

    /// One reference less; the last one closes the file.
    pub fn fput(&mut self, id: FileId) {
        let file = self.files.file_mut(id);
        file.refs -= 1;
        if file.refs == 0 {
            let inode = file.inode;
            self.files.drop_file(id);
            self.hugetlb_release(id);
            self.flush_closed(inode);
            self.put_inode(inode);
        }
    }

    /// Makes the file behind `mmap(MAP_SHARED|MAP_ANONYMOUS)`: a tmpfs file of `size` bytes with no name, opened for the
    /// mapping that will hold its only reference (Linux: `shmem_zero_setup`).
    pub fn shmem_zero_setup(&mut self, size: u64) -> FileId {
        let inode = self.new_inode(Backing::Shmem);
        self.files.inode_mut(inode).size = size;
        let file = self.open_file(inode, OpenMode::READ | OpenMode::WRITE);
        self.files.inode_mut(inode).refs -= 1;
        file
    }
}
