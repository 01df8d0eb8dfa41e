//! Writes that failed, and who is told: each open file once, by fsync or msync (Linux: `lib/errseq.c`, `mapping_set_error`,
//! `file_check_and_advance_wb_err`). The page is clean then; what it held is lost when it leaves the page cache.

use crate::Machine;
use crate::ids::{FileId, InodeId};

/// A write of the file failed since this was last asked (EIO).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a page of the file could not be written")]
pub struct WriteFailed;

impl Machine {
    /// A write of a page failed.
    pub(super) fn note_write_error(&mut self, id: InodeId) {
        let inode = self.files.inode_mut(id);
        inode.write_errors += 1;
        inode.errors_seen = false;
    }

    /// What a file opened now knows: an error of which nobody was told is news to it, too (`errseq_sample`).
    pub(super) fn unseen_from(&self, id: InodeId) -> u64 {
        let inode = self.files.inode(id);
        if inode.errors_seen { inode.write_errors } else { inode.write_errors - 1 }
    }

    /// Tells an open file of failed writes, once.
    ///
    /// # Errors
    /// [`WriteFailed`] if there were some since it was opened or told.
    pub fn check_write_errors(&mut self, id: FileId) -> Result<(), WriteFailed> {
        let file = self.files.file(id);
        let (inode, known) = (file.inode, file.write_errors);
        let errors = self.files.inode(inode).write_errors;
        if errors == known {
            return Ok(());
        }
        self.files.inode_mut(inode).errors_seen = true;
        self.files.file_mut(id).write_errors = errors;
        Err(WriteFailed)
    }
}
