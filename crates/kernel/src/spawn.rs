//! The first process: image and stack of `scenario.md` (Linux: what `execve` of a small static program leaves).
//!
//! Left out: vdso and vvar (the scenarios' processes unmap them), arguments and environment.

use crate::file::FdTable;
use crate::places::Places;
use crate::process::{Faults, Process};
use crate::task::{Kernel, Pid};
use crate::{Errno, Layout};
use memtwin_mmu::vma::Proposal;
use memtwin_mmu::{Access, Backing, FileId, Limits, Machine, MmId, OpenMode, VirtAddr, VmFlags};
use std::collections::BTreeMap;

/// How the image is shown in `/proc/PID/maps`.
pub const IMAGE_NAME: &str = "/stub";

impl Kernel {
    /// Where the parts of its processes are.
    pub fn layout(&self) -> Layout {
        Layout::of(&self.machine.config.format)
    }

    /// Starts a process that no other forked, with the lowest free number from 1 on.
    ///
    /// # Errors
    /// `ENOMEM`.
    pub fn spawn(&mut self) -> Result<Pid, Errno> {
        let pid = (1..).find(|pid| !self.processes.contains_key(pid)).ok_or(Errno::EAGAIN)?;
        let limits = Limits { ipc_lock: self.machine.config.privileged, ..Limits::default() };
        let mm = self.machine.new_mm(limits).map_err(|_| Errno::ENOMEM)?;
        let random = self.next_random();
        let places = Places::plain(&self.layout(), &random);
        let (limit, task_size) = (self.machine.mm(mm).limits.stack, self.machine.task_size());
        let base = random.mmap_base(limit, task_size);
        let space = self.machine.mm_mut(mm);
        if random.is_on() {
            space.mmap_base = base;
        }
        let brk = places.image.1 + random.brk;
        (space.start_brk, space.brk) = (brk, brk);
        let image = self.image_file()?;
        map(&mut self.machine, mm, places.image, IMAGE_FLAGS, Some(image));
        map(&mut self.machine, mm, places.stack, STACK_FLAGS, None);
        self.machine.fput(image);
        self.add_process(pid, mm, places, |machine| settle_image(machine, mm, &places))
    }

    /// Enters a process that no other forked, with a thread and without files, once `begin` has done, in nobody's name, what the
    /// kernel does before the program runs.
    ///
    /// # Errors
    /// Those of looking at its status.
    pub(crate) fn add_process(
        &mut self,
        pid: Pid,
        mm: MmId,
        places: Places,
        begin: impl FnOnce(&mut Machine),
    ) -> Result<Pid, Errno> {
        let process = Process {
            mm,
            parent: None,
            fds: FdTable::default(),
            threads: BTreeMap::from([(1, Faults::default())]),
            ended: Faults::default(),
            hwm_pages: 0,
            places,
        };
        self.processes.insert(pid, process);
        self.uncounted(begin);
        self.machine.enter_memcg();
        self.note_hwm_of(pid);
        if self.base.is_none() {
            self.base = Some(self.status_data(pid)?);
        }
        Ok(pid)
    }
}

/// Rights of code mapped from a file.
const IMAGE_FLAGS: VmFlags = VmFlags::READ.union(VmFlags::EXEC).union(MAY);
/// Rights of a stack.
pub(crate) const STACK_FLAGS: VmFlags =
    VmFlags::READ.union(VmFlags::WRITE).union(VmFlags::GROWSDOWN).union(VmFlags::ACCOUNT).union(MAY);
/// All that a mapping may be given.
pub(crate) const MAY: VmFlags = VmFlags::MAYREAD.union(VmFlags::MAYWRITE).union(VmFlags::MAYEXEC);

impl Kernel {
    /// The program's file, opened anew: one reference.
    fn image_file(&mut self) -> Result<FileId, Errno> {
        let inode = match self.image {
            Some(inode) => inode,
            None => {
                let inode = self.machine.new_inode(Backing::Ext4);
                self.machine
                    .fill_with_pattern(inode, self.layout().image_bytes())
                    .map_err(|_| Errno::ENOMEM)?;
                self.machine.use_often(inode);
                self.names.show_as(self.machine.files.inode(inode).ino, IMAGE_NAME);
                *self.image.insert(inode)
            }
        };
        Ok(self.machine.open_file(inode, OpenMode::READ))
    }
}

/// Maps a range on its own, with all counts.
pub(crate) fn map(machine: &mut Machine, mm: MmId, range: (u64, u64), flags: VmFlags, file: Option<FileId>) {
    let (start, end) = (VirtAddr::new(range.0), VirtAddr::new(range.1));
    let pages = (end - start) >> machine.page_shift();
    let pgoff = if file.is_some() { 0 } else { start.get() >> machine.page_shift() };
    machine.insert_vma(mm, &Proposal { start, end, flags, pgoff, file, anon_vma: None });
    machine.account_vm(mm, flags, pages as i64);
    if flags.contains(VmFlags::ACCOUNT) {
        machine.commit.pages += pages;
    }
}

/// Makes image and stack of the process of `scenario.md` wholly present and its own.
pub(crate) fn settle_image(machine: &mut Machine, mm: MmId, places: &Places) {
    if places.plain {
        machine.outside_memcg(|machine| fault_image_in(machine, mm, places));
    }
}

fn fault_image_in(machine: &mut Machine, mm: MmId, places: &Places) {
    let page = machine.page_size() as usize;
    for (range, access) in [(places.image, Access::Read), (places.stack, Access::Write)] {
        for addr in (range.0..range.1).step_by(page).map(VirtAddr::new) {
            let mapped = machine.mm(mm).vmas.at(addr).is_some();
            if mapped && (access == Access::Write || !machine.peek(mm, addr, &mut [0])) {
                // What a process did to its own stack may make this fail, which is its own affair.
                let _ = machine.handle_page_fault(mm, addr, access);
            }
        }
    }
}
