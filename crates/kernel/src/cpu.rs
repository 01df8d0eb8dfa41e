//! On which processor a thread runs (Linux: `kernel/sched`, reduced to a fixed place).
//!
//! No scheduler: a thread stays where it was put, and who runs is the caller's choice. Where threads of one address space are on
//! several processors, changes of its mappings have to be made known to all of them.

use crate::task::{Kernel, Tid};
use crate::{Errno, Task};
use memtwin_mmu::config::ThreadPlacement;

impl Kernel {
    /// The processor of a thread.
    pub fn cpu_of(&self, tid: Tid) -> u32 {
        let config = &self.machine.config;
        match self.affinity.iter().find(|(bound, _)| *bound == tid) {
            Some((_, cpu)) => *cpu,
            None if config.threads == ThreadPlacement::Spread => {
                ((u64::from(tid.pid) + u64::from(tid.thread)).saturating_sub(2)
                    % u64::from(config.cpus.max(1))) as u32
            }
            None => 0,
        }
    }
}

impl Task<'_> {
    /// `sched_setaffinity` with a mask of one processor: the thread runs there from now on.
    ///
    /// # Errors
    /// `EINVAL` if there is no such processor.
    pub fn sched_setaffinity(&mut self, cpu: u64) -> Result<(), Errno> {
        if cpu >= u64::from(self.kernel.machine.config.cpus) {
            return Err(Errno::EINVAL);
        }
        let tid = self.tid;
        self.kernel.affinity.retain(|(bound, _)| *bound != tid);
        self.kernel.affinity.push((tid, cpu as u32));
        self.kernel.machine.idle(self.kernel.machine.cpu());
        self.kernel.deschedule();
        self.kernel.dispatch(tid, self.mm);
        Ok(())
    }
}
