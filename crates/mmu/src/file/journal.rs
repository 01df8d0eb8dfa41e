//! What of ext4's journal shows in memory (Linux: `fs/jbd2`, mode `data=ordered`).
//!
//! A change of a file's size or blocks joins the running transaction. fsync commits it if the file has joined, msync only if what
//! changed is needed to find the data, and a commit first goes over the pages that other files have ordered before it: those at
//! whose end a truncation or an extension zeroed. They are write-protected afterwards, though nobody synced their file, and
//! clean if they have blocks.
//! A write that changes only the file's times joins, too, but not within one tick of the clock since the last one. No clock is
//! read here: a tick is so many calls as the machine is configured to make in one (`Config::calls_per_tick`).
//! Left out: the commit that a timer makes every five seconds.

use super::Backing;
use crate::Machine;
use crate::ids::InodeId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The running transaction.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Journal {
    /// Its number (`t_tid`).
    tid: u64,
    /// System calls and accesses so far.
    calls: u64,
    /// Ordered pages: for each file from the first to before the last (`t_inode_list`, `i_dirty_start`, `i_dirty_end`).
    ordered: BTreeMap<InodeId, (u64, u64)>,
}

impl Machine {
    /// The file's size or blocks change on the disk in the running transaction.
    pub(super) fn journal_join(&mut self, id: InodeId) {
        let tid = Some(self.files.journal.tid);
        let inode = self.files.inode_mut(id);
        (inode.joined, inode.joined_data) = (tid, tid);
    }

    /// The file's inode joins the running transaction without a change that its data need.
    pub(super) fn journal_join_inode(&mut self, id: InodeId) {
        self.files.inode_mut(id).joined = Some(self.files.journal.tid);
    }

    /// The file is written to: its times change, if a tick has passed (`file_update_time`).
    pub(super) fn file_update_time(&mut self, id: InodeId) {
        let inode = self.files.inode(id);
        let passed = self.files.journal.calls - inode.stamped >= self.config.calls_per_tick;
        if inode.backing == Backing::Ext4 && passed {
            self.stamp(id);
            self.journal_join_inode(id);
        }
    }

    /// The file's times are those of now.
    pub(super) fn stamp(&mut self, id: InodeId) {
        self.files.inode_mut(id).stamped = self.files.journal.calls;
    }

    /// Time passes: the program makes another call.
    pub fn note_call(&mut self) {
        self.files.journal.calls += 1;
    }

    /// Page `index` is to be written out before the running transaction commits (`ext4_jbd2_inode_add_write`).
    pub(super) fn journal_order(&mut self, id: InodeId, index: u64) {
        let range = self.files.journal.ordered.entry(id).or_insert((index, index + 1));
        *range = (range.0.min(index), range.1.max(index + 1));
    }

    /// Writes the pages from `start` to before `end` out and commits the file's changes (`ext4_sync_file`).
    pub fn fsync_range(&mut self, id: InodeId, start: u64, end: u64) {
        self.write_back(id, start, end);
        self.journal_complete(self.files.inode(id).joined);
    }

    /// The same, but only changes that the data need are committed (`ext4_sync_file` with `datasync`).
    pub fn fdatasync_range(&mut self, id: InodeId, start: u64, end: u64) {
        self.write_back(id, start, end);
        self.journal_complete(self.files.inode(id).joined_data);
    }

    /// Commits the running transaction if it is `tid` (`jbd2_complete_transaction`).
    fn journal_complete(&mut self, tid: Option<u64>) {
        if tid != Some(self.files.journal.tid) {
            return;
        }
        self.files.journal.tid += 1;
        for (id, (start, end)) in std::mem::take(&mut self.files.journal.ordered) {
            self.write_ordered(id, start, end);
        }
    }

    /// Forgets what a file that is no more has ordered.
    pub(super) fn journal_forget(&mut self, id: InodeId) {
        self.files.journal.ordered.remove(&id);
    }
}
