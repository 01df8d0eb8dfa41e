//! When lists are kept and the limit begins to hold: with the first process's first call, as when a prepared process is moved
//! into a group.
//!
//! What a process has before that (image, stack and their tables) is not the group's; only its three upper page tables are, as
//! those of a process that execs inside.

use super::{Lruvec, MAX_RECLAIM_RETRIES, MemCgroup};
use crate::Machine;

/// Upper tables of a process that are charged.
const UPPER_TABLES: u64 = 3;

impl Machine {
    /// A process of the group begins its part. The first one makes the configured limit hold.
    pub fn enter_memcg(&mut self) {
        if self.config.memcg_bytes.is_some() || self.swap.total() > 0 {
            self.begin_lists();
        }
        let Some(bytes) = self.config.memcg_bytes else { return };
        let limit_pages = bytes >> self.config.format.page_shift;
        let memsw_pages =
            self.config.memsw_bytes.map_or(u64::MAX, |bytes| bytes >> self.config.format.page_shift);
        let new = || Box::new(MemCgroup::new(limit_pages).with_memsw(memsw_pages));
        let memcg = self.phys.memcg.get_or_insert_with(new);
        (0..UPPER_TABLES).for_each(|_| memcg.charge_ahead());
    }

    /// Keeps lists from now on, by which the configured policy reclaims.
    pub(super) fn begin_lists(&mut self) {
        if self.phys.lruvec.is_none() {
            let mut lruvec = Box::new(Lruvec::new(self.config.memcg_stats, self.config.cpus));
            lruvec.by_policy = self.new_policy(0);
            self.phys.lruvec = Some(lruvec);
        }
    }

    /// Frees all of the group's pages that can be freed: how many (Linux: `memory.force_empty`, `mem_cgroup_force_empty`).
    pub fn force_empty(&mut self) -> u64 {
        let (mut freed, mut retries) = (0, MAX_RECLAIM_RETRIES);
        self.lru_add_drain();
        while retries > 0 && self.phys.memcg.as_ref().is_some_and(|memcg| memcg.usage_pages() > 0) {
            match self.reclaim_pages(true) {
                0 => retries -= 1,
                pages => freed += pages,
            }
        }
        freed
    }

    /// Does something that is not the group's affair: what it allocates is neither charged nor reclaimed.
    pub fn outside_memcg<R>(&mut self, work: impl FnOnce(&mut Machine) -> R) -> R {
        let (lruvec, memcg) = (self.phys.lruvec.take(), self.phys.memcg.take());
        let result = work(self);
        (self.phys.lruvec, self.phys.memcg) = (lruvec, memcg);
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
