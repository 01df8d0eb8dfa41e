//! Mappings as text: a line each, stable for snapshots. Not a format of Linux's; /proc/PID/maps is the kernel crate's.

use super::{VmFlags, Vma, VmaTree};
use std::fmt;

impl fmt::Display for VmaTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|(_, vma)| writeln!(f, "{vma}"))
    }
}

impl fmt::Display for Vma {
    /// `start-end perms pgoff`, then what it has of a file, a family of anonymous pages, further flags.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{:x} {} {:x}", self.start, self.end, self.flags.perms(), self.pgoff)?;
        if let Some(file) = self.file {
            write!(f, " file={}", file.0)?;
        }
        if let Some(family) = self.anon_vma {
            write!(f, " anon_vma={}", family.0)?;
        }
        let shown_already = VmFlags::ACCESS | VmFlags::MAYSHARE;
        for (name, _) in (self.flags - shown_already).iter_names() {
            write!(f, " {name}")?;
        }
        Ok(())
    }
}

impl VmFlags {
    /// As in /proc/PID/maps: `rwxp`, with `s` for shared, `-` for what is not allowed.
    pub fn perms(self) -> Perms {
        Perms(self)
    }
}

/// The rights of a mapping as four letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Perms(VmFlags);

impl fmt::Display for Perms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = |flag, letter| if self.0.contains(flag) { letter } else { '-' };
        let shared = if self.0.contains(VmFlags::MAYSHARE) { 's' } else { 'p' };
        let rwx = [letter(VmFlags::READ, 'r'), letter(VmFlags::WRITE, 'w'), letter(VmFlags::EXEC, 'x')];
        rwx.into_iter().chain([shared]).try_for_each(|c| write!(f, "{c}"))
    }
}
