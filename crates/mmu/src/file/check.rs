//! The page cache recounted: every cached page's frame says so, folios are whole, the dirty sets are exact.

use crate::Machine;
use crate::file::Inode;
use crate::ids::InodeId;
use crate::phys::FrameFlags;

/// What does not fit in a page cache.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileCheckError {
    /// A cached page's frame names another file or page.
    #[error("page {index} of inode {inode}: its frame says page {says}")]
    WrongFrame {
        /// The file.
        inode: u32,
        /// Where the cache has the frame.
        index: u64,
        /// What the frame says.
        says: u64,
    },
    /// A folio's DIRTY flag and the file's dirty set differ.
    #[error("page {index} of inode {inode}: dirty {flag} in its frame, {tag} in the set")]
    Dirty {
        /// The file.
        inode: u32,
        /// The folio's first page.
        index: u64,
        /// The frame's flag.
        flag: bool,
        /// Whether it is in the set.
        tag: bool,
    },
}

impl Machine {
    /// Recounts all page caches.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn check_files(&self) -> Result<(), FileCheckError> {
        self.files.inodes().try_for_each(|(id, inode)| self.check_inode(id, inode))
    }

    fn check_inode(&self, id: InodeId, inode: &Inode) -> Result<(), FileCheckError> {
        for (&index, &pfn) in &inode.pages {
            let frame = self.phys.frame(pfn);
            if !frame.has(FrameFlags::FILE) || frame.mapping != id.0 || frame.index() != index {
                return Err(FileCheckError::WrongFrame { inode: id.0, index, says: frame.index() });
            }
            let head = self.folio_head(pfn) == pfn;
            let flag = head && frame.has(FrameFlags::DIRTY);
            let tag = inode.dirty.contains_key(&index);
            if flag != tag {
                return Err(FileCheckError::Dirty { inode: id.0, index, flag, tag });
            }
        }
        Ok(())
    }
}
