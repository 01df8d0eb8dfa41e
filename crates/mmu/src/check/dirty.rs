//! Dirty pages of files recounted.

use super::CheckError;
use crate::Machine;
use crate::file::Backing;

impl Machine {
    /// Recounts the dirty pages of files on disks.
    ///
    /// # Errors
    /// If the running count is another.
    pub fn check_dirty(&self) -> Result<(), CheckError> {
        let mut found = 0;
        for (_, inode) in self.files.inodes().filter(|(_, inode)| inode.backing != Backing::Shmem) {
            let heads = inode.dirty.keys().filter_map(|index| inode.pages.get(index));
            found += heads.map(|head| u64::from(self.folio_nr_pages(*head))).sum::<u64>();
        }
        let kept = self.files.dirty.pages;
        match kept == found {
            true => Ok(()),
            false => Err(CheckError::Count { mm: None, what: "dirty pages", kept, found }),
        }
    }
}
