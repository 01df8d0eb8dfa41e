//! When the limit begins to hold: with the first process's first call, as when a prepared process is moved into a group. Without a
//! group but with swap the limit is the memory that is free then.
//!
//! What a process has before that (image, stack and their tables) is not the group's; only its three upper page tables are, as
//! those of a process that execs inside.

use super::{Lruvec, MemCgroup};
use crate::Machine;

/// Upper tables of a process that are charged.
const UPPER_TABLES: u64 = 3;

impl Machine {
    /// A process of the group begins its part. The first one makes the configured limit hold.
    pub fn enter_memcg(&mut self) {
        let limit_pages = match self.config.memcg_bytes {
            Some(bytes) => bytes >> self.config.format.page_shift,
            None if self.swap.total() > 0 => u64::from(self.phys.total() - self.phys.used()),
            None => return,
        };
        let refresh = self.config.memcg_stats;
        let lruvec = self
            .phys
            .lruvec
            .get_or_insert_with(|| Box::new(Lruvec::new(MemCgroup::new(limit_pages), refresh)));
        for _ in 0..UPPER_TABLES {
            // A group too small for them is short of memory from the start.
            lruvec.charged_ahead += u64::from(lruvec.memcg.try_charge(1).is_ok());
        }
    }

    /// Does something that is not the group's affair: what it allocates is neither charged nor reclaimed.
    pub fn outside_memcg<R>(&mut self, work: impl FnOnce(&mut Machine) -> R) -> R {
        let lruvec = self.phys.lruvec.take();
        let result = work(self);
        self.phys.lruvec = lruvec;
        result
    }

    /// The event counters of `/proc/vmstat`.
    pub fn vmstat(&self) -> crate::VmStat {
        crate::VmStat {
            pgfault: self.ledger.minflt + self.ledger.majflt,
            pgmajfault: self.ledger.majflt,
            ..self.phys.vmstat
        }
    }
}
