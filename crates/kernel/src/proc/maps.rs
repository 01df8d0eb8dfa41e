//! `/proc/PID/maps` (Linux: `show_map_vma`).

use crate::Errno;
use crate::process::Process;
use crate::spawn::IMAGE_NAME;
use crate::task::{Kernel, Pid};
use memtwin_mmu::{Backing, InodeId, VmFlags, Vma};
use std::fmt::Write;

/// The column at which a mapping's name begins.
const NAME_COLUMN: usize = 73;
/// One line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MapsEntry {
    /// First byte.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
    /// `rwxp`, or `s` for a mapping that may be shared.
    pub perms: String,
    /// Offset in the file, in bytes; 0 without a file.
    pub offset: u64,
    /// Major and minor number of the file's device.
    pub dev: (u32, u32),
    /// The file's inode number.
    pub ino: u64,
    /// The name; empty for plain anonymous memory.
    pub name: String,
    /// Part of what a process starts with, which scenario logs leave out.
    pub hidden: bool,
}

impl MapsEntry {
    /// The line as scenario logs have it, without device and inode.
    pub fn log_line(&self) -> String {
        let name = if self.name.is_empty() { String::new() } else { format!(" {}", self.name) };
        format!("{:08x}-{:08x} {} {:08x}{name}", self.start, self.end, self.perms, self.offset)
    }

    /// The page of the old system call entry, which every process has beyond user space.
    pub(super) fn vsyscall() -> MapsEntry {
        MapsEntry {
            start: 0xffff_ffff_ff60_0000,
            end: 0xffff_ffff_ff60_1000,
            perms: "--xp".to_owned(),
            name: "[vsyscall]".to_owned(),
            hidden: true,
            ..MapsEntry::default()
        }
    }

    /// The kernel's line, without its end.
    pub fn text(&self) -> String {
        let Self { start, end, perms, offset, dev, ino, .. } = self;
        let mut line =
            format!("{start:08x}-{end:08x} {perms} {offset:08x} {:02x}:{:02x} {ino} ", dev.0, dev.1);
        if !self.name.is_empty() {
            let _ = write!(line, "{:pad$}{}", "", self.name, pad = NAME_COLUMN.saturating_sub(line.len()));
        }
        line
    }
}

impl Kernel {
    /// The mappings of a process, lowest first.
    ///
    /// # Errors
    /// `ESRCH`.
    pub fn maps(&self, pid: Pid) -> Result<Vec<MapsEntry>, Errno> {
        let process = self.process(pid)?;
        Ok(self.machine.mm(process.mm).vmas.iter().map(|(_, vma)| self.maps_entry(process, vma)).collect())
    }

    /// The kernel's text of `/proc/PID/maps`.
    ///
    /// # Errors
    /// `ESRCH`.
    pub fn maps_text(&self, pid: Pid) -> Result<String, Errno> {
        let mut text: String = self.maps(pid)?.iter().map(|entry| entry.text() + "\n").collect();
        if self.machine.config.format.is_x86_64() {
            text.push_str(&MapsEntry::vsyscall().text());
            text.push('\n');
        }
        Ok(text)
    }

    pub(super) fn maps_entry(&self, process: &Process, vma: &Vma) -> MapsEntry {
        let (start, end) = (vma.start.get(), vma.end.get());
        let (name, places) = (self.mapping_name(process, vma), &process.places);
        let image = name == IMAGE_NAME && start >= places.image.0 && end <= places.image.1;
        MapsEntry {
            start,
            end,
            perms: perms(vma.flags),
            offset: if vma.file.is_some() { vma.pgoff << self.machine.page_shift() } else { 0 },
            dev: vma.inode.map_or((0, 0), |inode| self.device(inode)),
            ino: vma.inode.map_or(0, |inode| self.machine.files.inode(inode).ino),
            hidden: places.plain && (image || name == "[stack]"),
            name,
        }
    }

    fn mapping_name(&self, process: &Process, vma: &Vma) -> String {
        if let Some(inode) = vma.inode {
            return self.names.shown(self.machine.files.inode(inode).ino).to_owned();
        }
        let mm = self.machine.mm(process.mm);
        let (start, end) = (vma.start.get(), vma.end.get());
        if start < mm.brk && end > mm.start_brk {
            return "[heap]".to_owned();
        }
        let start_stack = process.places.start_stack;
        if start <= start_stack && end >= start_stack {
            return "[stack]".to_owned();
        }
        process.places.special_name(start, end).unwrap_or_default().to_owned()
    }

    /// The disk is fd:01, tmpfs 00:01.
    fn device(&self, inode: InodeId) -> (u32, u32) {
        match self.machine.files.inode(inode).backing {
            Backing::Shmem | Backing::Hugetlb => (0, 1),
            _ => (0xfd, 1),
        }
    }
}

fn perms(flags: VmFlags) -> String {
    let of = |flag: VmFlags, letter: char| if flags.contains(flag) { letter } else { '-' };
    let share = if flags.contains(VmFlags::MAYSHARE) { 's' } else { 'p' };
    [of(VmFlags::READ, 'r'), of(VmFlags::WRITE, 'w'), of(VmFlags::EXEC, 'x'), share].iter().collect()
}
