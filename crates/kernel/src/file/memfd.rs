//! `memfd_create(2)`: a file on tmpfs or hugetlbfs without a place in a directory. Left out: seals (a file that may be sealed is as
//! any other).

use crate::support::support_rows;
use crate::{Errno, Task};
use bitflags::bitflags;
use memtwin_mmu::{Backing, FileId, OpenMode};

support_rows! {
    "memfd_create";
    "" => AsLinux,
    "MFD_CLOEXEC" => AsLinux,
    "MFD_ALLOW_SEALING" => Differs("there is no call that seals"),
    "MFD_HUGETLB" => AsLinux,
    "MFD_HUGE_2MB" => AsLinux,
    "MFD_HUGE_1GB" => AsLinux,
    "MFD_NOEXEC_SEAL" => AsLinux,
    "MFD_EXEC" => AsLinux,
}

/// The longest name in bytes (`MFD_NAME_MAX_LEN`).
const MFD_NAME_MAX_LEN: usize = 249;
/// Where the flags hold the logarithm of the size of huge pages (`MFD_HUGE_SHIFT`, `MFD_HUGE_MASK`).
pub(crate) const HUGE_SIZE: (u32, u64) = (26, 0x3f);

bitflags! {
    /// Flags of `memfd_create(2)`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct MfdFlags: u64 {
        /// Closed by exec.
        const CLOEXEC = 1;
        /// May be sealed.
        const ALLOW_SEALING = 2;
        /// On hugetlbfs.
        const HUGETLB = 4;
        /// Never executable.
        const NOEXEC_SEAL = 8;
        /// Executable.
        const EXEC = 0x10;
    }
}

impl Task<'_> {
    /// Makes a memory file of `size` bytes: its descriptor. On tmpfs it has the scenarios' pattern, on hugetlbfs no page yet.
    ///
    /// # Errors
    /// `EINVAL` if the name is too long, for flags that there are not, and on hugetlbfs for a size that is not of whole pages; `ENODEV` for
    /// a size of pages without a pool; `EMFILE`, `ENOMEM`.
    pub fn memfd(&mut self, name: &str, size: u64, flags: u64) -> Result<u64, Errno> {
        let known = MfdFlags::from_bits_truncate(flags);
        let huge = known.contains(MfdFlags::HUGETLB);
        let sizes = if huge { HUGE_SIZE.1 << HUGE_SIZE.0 } else { 0 };
        let both = known.contains(MfdFlags::EXEC | MfdFlags::NOEXEC_SEAL);
        if (flags & !sizes) != known.bits() || both || name.len() > MFD_NAME_MAX_LEN {
            return Err(Errno::EINVAL);
        }
        let file = match huge {
            true => self.huge_memfd(flags)?,
            false => self.small_memfd(),
        };
        let fd = self.process_mut().fds.install(file).inspect_err(|_| self.kernel.machine.fput(file))?;
        let machine = &mut self.kernel.machine;
        let inode = machine.files.file(file).inode;
        self.kernel.names.show_as(machine.files.inode(inode).ino, &format!("/memfd:{name} (deleted)"));
        if huge {
            return self.ftruncate(fd, size).map(|()| fd).or_else(|error| self.close(fd).and(Err(error)));
        }
        machine.fill_with_pattern(inode, size).map_err(|_| Errno::ENOMEM)?;
        Ok(fd)
    }

    fn small_memfd(&mut self) -> FileId {
        let inode = self.machine().new_inode(Backing::Shmem);
        let file = self.machine().open_file(inode, OpenMode::READ | OpenMode::WRITE);
        self.machine().put_inode(inode);
        file
    }

    fn huge_memfd(&mut self, flags: u64) -> Result<FileId, Errno> {
        let level = self.pool_level((flags >> HUGE_SIZE.0) & HUGE_SIZE.1).ok_or(Errno::ENODEV)?;
        Ok(self.machine().hugetlb_file_setup(level, 0))
    }

    /// The level of the entries of pages of `1 << log` bytes, if these have a pool; 0: of the default size.
    pub(crate) fn pool_level(&self, log: u64) -> Option<u32> {
        match log {
            0 | 21 => Some(1),
            30 => Some(2),
            _ => None,
        }
    }
}
