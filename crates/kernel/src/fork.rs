//! `fork(2)` and the start of a thread (Linux: `kernel/fork.c`, the part of memory and files).
//!
//! A child has only the thread that forked. As in the oracle, the image and the stack of both are wholly present and their
//! own afterwards, at nobody's expense.

use crate::Errno;
use crate::process::{Faults, Process};
use crate::spawn::settle_image;
use crate::task::{Pid, Task};
use memtwin_mmu::MmId;
use std::collections::BTreeMap;

impl Task<'_> {
    /// Makes process `child` as a copy of the caller's.
    ///
    /// # Errors
    /// `EEXIST` if a process of this number lives (no case of Linux: the number is the caller's choice there, too), `ENOMEM`
    /// as Linux.
    pub fn fork(&mut self, child: Pid) -> Result<Pid, Errno> {
        if self.kernel.processes.contains_key(&child) {
            return Err(Errno::EEXIST);
        }
        let kernel = &mut *self.kernel;
        kernel.settle_faults();
        let mm = kernel.machine.dup_mm(self.mm).map_err(|_| Errno::ENOMEM)?;
        let copy = self.child_process(mm);
        let kernel = &mut *self.kernel;
        copy.fds.files().for_each(|file| kernel.machine.get_file(file));
        let places = copy.places;
        kernel.processes.insert(child, copy);
        let parent_mm = self.mm;
        kernel.uncounted(|machine| settle_image(machine, mm, &places));
        kernel.note_hwm_of(child);
        kernel.uncounted(|machine| settle_image(machine, parent_mm, &places));
        Ok(child)
    }

    fn child_process(&self, mm: MmId) -> Process {
        let parent = self.process();
        Process {
            mm,
            parent: Some(self.tid.pid),
            threads: BTreeMap::from([(1, Faults::default())]),
            ended: Faults::default(),
            hwm_pages: 0,
            ..parent.clone()
        }
    }

    /// Starts thread `number` of the caller's process. Nothing is mapped or touched for it.
    ///
    /// # Errors
    /// `EEXIST` if there is a thread of this number.
    pub fn thread_start(&mut self, number: u32) -> Result<u32, Errno> {
        let threads = &mut self.process_mut().threads;
        if threads.contains_key(&number) {
            return Err(Errno::EEXIST);
        }
        threads.insert(number, Faults::default());
        Ok(number)
    }
}
