//! `exit_group(2)` and the end of a thread (Linux: `kernel/exit.c`).
//!
//! Left out: zombies and wait; a process is gone at once.

use crate::task::{Kernel, Pid, Task, Tid};

impl Task<'_> {
    /// Ends the process with all its threads: its memory and files go back. `code` is of no consequence here.
    pub fn exit(self, code: i32) {
        let _ = code;
        self.kernel.end_process(self.tid.pid);
    }

    /// Ends this thread; with the last one the process ends.
    pub fn thread_exit(self) {
        self.kernel.settle_faults();
        let Tid { pid, thread } = self.tid;
        let process = self.kernel.processes.get_mut(&pid).expect("a task's process lives");
        if process.threads.len() == 1 {
            self.kernel.end_process(pid);
            return;
        }
        if let Some(faults) = process.threads.remove(&thread) {
            process.ended.add(faults);
        }
        self.kernel.affinity.retain(|(bound, _)| *bound != self.tid);
        self.kernel.machine.idle(self.kernel.machine.cpu());
        self.kernel.deschedule();
    }
}

impl Kernel {
    /// Takes a process away: also the OOM killer's way.
    pub(crate) fn end_process(&mut self, pid: Pid) {
        self.deschedule();
        let Some(process) = self.processes.remove(&pid) else { return };
        self.affinity.retain(|(bound, _)| bound.pid != pid);
        self.machine.exit_mmap(process.mm);
        process.fds.files().for_each(|file| self.machine.fput(file));
    }
}
