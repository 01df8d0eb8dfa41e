//! `memfd_create(2)`: a tmpfs file without a place in a directory. Left out: seals, huge pages.

use crate::{Errno, Task};
use memtwin_mmu::{Backing, OpenMode};

/// The longest name in bytes (`MFD_NAME_MAX_LEN`).
const MFD_NAME_MAX_LEN: usize = 249;

impl Task<'_> {
    /// Makes a memory file of `size` bytes of the scenarios' pattern: its descriptor.
    ///
    /// # Errors
    /// `EINVAL` if the name is too long, `EMFILE`, `ENOMEM`.
    pub fn memfd(&mut self, name: &str, size: u64) -> Result<u64, Errno> {
        if name.len() > MFD_NAME_MAX_LEN {
            return Err(Errno::EINVAL);
        }
        let inode = self.machine().new_inode(Backing::Shmem);
        let file = self.machine().open_file(inode, OpenMode::READ | OpenMode::WRITE);
        self.machine().put_inode(inode);
        let installed = self.process_mut().fds.install(file);
        if installed.is_err() {
            self.machine().fput(file);
            return installed;
        }
        let ino = self.machine().files.inode(inode).ino;
        self.kernel.names.show_as(ino, &format!("/memfd:{name} (deleted)"));
        self.machine().fill_with_pattern(inode, size).map_err(|_| Errno::ENOMEM)?;
        installed
    }
}
