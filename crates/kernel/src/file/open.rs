//! `open(2)`, `close(2)`, and the scenarios' `file`.

use super::fd::Fd;
use crate::{Errno, Task};
use bitflags::bitflags;
use memtwin_mmu::{Backing, InodeId, OpenMode};
use serde::{Deserialize, Serialize};

bitflags! {
    /// `flags` of open (`<fcntl.h>`, x86-64). Unknown bits are kept and have no effect.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct OpenFlags: u64 {
        /// For writing only.
        const WRONLY = 1;
        /// For reading and writing.
        const RDWR = 2;
        /// Makes the file if there is none.
        const CREAT = 0o100;
        /// With CREAT: there must be none.
        const EXCL = 0o200;
        /// Empties it.
        const TRUNC = 0o1000;
        /// Each write goes to the end.
        const APPEND = 0o2000;
        /// Each write is written out, data alone (O_DSYNC); O_SYNC contains it.
        const DSYNC = 0o10000;
        const _ = !0;
    }
}

/// The longest name of a file in bytes (`NAME_MAX`).
const NAME_MAX: usize = 255;

impl Task<'_> {
    /// Opens the regular file `name`: its descriptor.
    ///
    /// # Errors
    /// `ENOENT`, `EEXIST`, `ENAMETOOLONG`, `EMFILE`; `EISDIR` for the empty name, which is the directory.
    pub fn open(&mut self, name: &str, flags: u64) -> Result<u64, Errno> {
        let flags = OpenFlags::from_bits_retain(flags);
        let (inode, made) = self.look_up(name, flags)?;
        let mode = open_mode(flags);
        let file = self.machine().open_file(inode, mode);
        let installed = self.process_mut().fds.install(file);
        match installed {
            Ok(_) if flags.contains(OpenFlags::TRUNC) && !made => self.machine().truncate(inode, 0),
            Ok(_) => {}
            Err(_) => self.machine().fput(file),
        }
        installed
    }

    /// Closes descriptor `fd`.
    ///
    /// # Errors
    /// `EBADF`.
    pub fn close(&mut self, fd: u64) -> Result<(), Errno> {
        if let Fd::File(file) = self.process_mut().fds.remove(fd)? {
            self.machine().fput(file);
        }
        Ok(())
    }

    /// Makes (or empties) the regular file `name`, fills it with `size` bytes of the scenarios' pattern, in the page cache as
    /// single clean pages, and opens it for reading and writing.
    ///
    /// # Errors
    /// As [`open`](Self::open); `EFBIG`, `ENOSPC` if there is no memory for its pages.
    pub fn file(&mut self, name: &str, size: u64) -> Result<u64, Errno> {
        if size > super::truncate::EXT4_MAX_BYTES {
            return Err(Errno::EFBIG);
        }
        let (inode, _) = self.look_up(name, OpenFlags::RDWR | OpenFlags::CREAT)?;
        let machine = self.machine();
        let filler = machine.open_file(inode, OpenMode::READ | OpenMode::WRITE);
        machine.truncate(inode, 0);
        // It is there before the group's processes are: its pages are not charged to them.
        let filled = match machine.config.memcg_bytes {
            Some(_) => machine.outside_memcg(|machine| machine.fill_with_pattern(inode, size)),
            None => machine.fill_with_pattern(inode, size),
        };
        machine.fsync_range(inode, 0, u64::MAX);
        machine.fput(filler);
        filled.map_err(|_| Errno::ENOSPC)?;
        self.open(name, OpenFlags::RDWR.bits())
    }

    /// The file of this name, and whether it was made for that.
    fn look_up(&mut self, name: &str, flags: OpenFlags) -> Result<(InodeId, bool), Errno> {
        match self.kernel.names.find(name) {
            Some(_) if flags.contains(OpenFlags::CREAT | OpenFlags::EXCL) => Err(Errno::EEXIST),
            Some(inode) => Ok((inode, false)),
            None if name.is_empty() => Err(Errno::EISDIR),
            None if name.len() > NAME_MAX => Err(Errno::ENAMETOOLONG),
            None if !flags.contains(OpenFlags::CREAT) || name.contains('/') => Err(Errno::ENOENT),
            None => {
                let inode = self.machine().new_inode(Backing::Ext4);
                let ino = self.machine().files.inode(inode).ino;
                self.kernel.names.link(name, inode);
                self.kernel.names.show_as(ino, name);
                Ok((inode, true))
            }
        }
    }
}

/// Access mode 3 gives neither right, as on Linux.
fn open_mode(flags: OpenFlags) -> OpenMode {
    let access = (flags & (OpenFlags::WRONLY | OpenFlags::RDWR)).bits();
    let mut mode = match access {
        0 => OpenMode::READ,
        1 => OpenMode::WRITE,
        2 => OpenMode::READ | OpenMode::WRITE,
        _ => OpenMode::empty(),
    };
    mode.set(OpenMode::APPEND, flags.contains(OpenFlags::APPEND));
    mode.set(OpenMode::SYNC, flags.contains(OpenFlags::DSYNC));
    mode
}
