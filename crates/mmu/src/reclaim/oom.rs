//! Memory is out: who goes (Linux: `mm/oom_kill.c`, `mem_cgroup_out_of_memory`).
//!
//! The address space with the highest badness is killed, one after another until an allocation succeeds. Its pages are free
//! at once, as after the OOM reaper. Left out: panic_on_oom, oom_group, constrained allocations.

use crate::{Machine, MmId};

/// The adjustment that keeps a process from being chosen (Linux: `OOM_SCORE_ADJ_MIN`).
pub const OOM_SCORE_ADJ_MIN: i16 = -1000;
/// The highest adjustment (Linux: `OOM_SCORE_ADJ_MAX`).
pub const OOM_SCORE_ADJ_MAX: i16 = 1000;

/// One row of the table that the choice is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OomCandidate {
    /// The address space.
    pub mm: MmId,
    /// Its resident pages.
    pub rss_pages: u64,
    /// Its swap entries.
    pub swap_pages: u64,
    /// Its page tables in pages.
    pub table_pages: u64,
    /// Its adjustment.
    pub adj: i16,
    /// Its badness in pages; None: not to be killed.
    pub badness: Option<i64>,
}

impl Machine {
    /// The table for a shortage in the group, or in the machine if there is no group: what the killer would choose from.
    pub fn oom_candidates(&self) -> Vec<OomCandidate> {
        let total = self.oom_total_pages();
        let live = (0u32..).zip(&self.mms).filter(|(_, mm)| mm.as_ref().is_some_and(|mm| !mm.oom_killed));
        live.map(|(id, _)| self.oom_candidate(MmId(id), total)).collect()
    }

    /// `/proc/PID/oom_score`.
    pub fn oom_score(&self, mm: MmId) -> u64 {
        let total = u64::from(self.phys.total()) + u64::from(self.swap.total());
        match self.oom_candidate(mm, total).badness {
            Some(badness) => ((1000 + badness * 1000 / total as i64) * 2 / 3).max(0) as u64,
            None => 0,
        }
    }

    fn oom_candidate(&self, mm: MmId, total: u64) -> OomCandidate {
        let space = self.mm(mm);
        let (rss_pages, swap_pages) = (space.stats.rss_pages(), space.stats.swap_pages);
        let table_pages = space.tables.table_bytes / space.tables.format.page_size();
        let adj = space.oom_score_adj;
        let points = (rss_pages + swap_pages + table_pages) as i64 + i64::from(adj) * (total / 1000) as i64;
        let badness = (adj != OOM_SCORE_ADJ_MIN).then_some(points);
        OomCandidate { mm, rss_pages, swap_pages, table_pages, adj, badness }
    }

    /// The pages that an adjustment of 1000 stands for: the group's limit and the swap it may use, or the machine's.
    fn oom_total_pages(&self) -> u64 {
        let swap = if self.config.swappiness == 0 { 0 } else { u64::from(self.swap.total()) };
        match self.config.memcg_bytes {
            Some(bytes) => (bytes >> self.config.format.page_shift) + swap,
            None => u64::from(self.phys.total()) + u64::from(self.swap.total()),
        }
    }

    /// Kills the worst; false if that is `current`, or nobody may be killed. Of equals the last one goes.
    pub(crate) fn out_of_memory(&mut self, current: Option<MmId>) -> bool {
        if current.is_some_and(|mm| self.mm(mm).oom_killed) {
            return false;
        }
        let candidates = self.oom_candidates();
        let killable = candidates.iter().filter(|candidate| candidate.badness.is_some());
        let Some(victim) = killable.max_by_key(|candidate| candidate.badness).map(|victim| victim.mm) else {
            return false;
        };
        self.mm_mut(victim).oom_killed = true;
        self.oom_kills.push(victim);
        self.phys.vmstat.oom_kill += 1;
        if current == Some(victim) {
            return false;
        }
        self.unmap_all(victim);
        true
    }

    /// The address spaces killed since the last call, in order. Their processes are to be ended.
    pub fn take_oom_kills(&mut self) -> Vec<MmId> {
        std::mem::take(&mut self.oom_kills)
    }
}
