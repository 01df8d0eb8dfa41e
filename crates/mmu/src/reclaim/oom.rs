//! Memory is out: who goes (Linux: `mm/oom_kill.c`, `mem_cgroup_out_of_memory`).
//!
//! The address space with the highest badness is killed, one after another until an allocation succeeds; each choice is kept with the
//! table it was made from ([`OomReport`]). The victim's pages are free at once, as after the OOM reaper. Left out: oom_group, cpusets and
//! memory policies, the delay of the reaper.

use super::Scope;
use crate::{Machine, MmId};
use serde::{Deserialize, Serialize};

/// The adjustment that keeps a process from being chosen (Linux: `OOM_SCORE_ADJ_MIN`).
pub const OOM_SCORE_ADJ_MIN: i16 = -1000;
/// The highest adjustment (Linux: `OOM_SCORE_ADJ_MAX`).
pub const OOM_SCORE_ADJ_MAX: i16 = 1000;

/// One row of the table that the choice is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// What was out (Linux: `enum oom_constraint`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OomConstraint {
    /// The machine's memory (`CONSTRAINT_NONE`).
    None,
    /// The group's limit (`CONSTRAINT_MEMCG`).
    Memcg,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OomOutcome {
    /// This one was killed.
    Killed(MmId),
    /// Nobody may be killed: the allocation fails.
    NoVictim,
    /// The machine stopped.
    Panic(OomPanic),
}

/// Why a machine stopped for want of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum OomPanic {
    /// `vm.panic_on_oom` is 1.
    #[error("Out of memory: system-wide panic_on_oom is enabled")]
    SystemWide,
    /// `vm.panic_on_oom` is 2.
    #[error("Out of memory: compulsory panic_on_oom is enabled")]
    Compulsory,
    /// Nobody may be killed.
    #[error("System is deadlocked on memory")]
    Deadlock,
}

/// Why whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OomReport {
    /// What was out.
    pub constraint: OomConstraint,
    /// The pages that an adjustment of 1000 stands for.
    pub total_pages: u64,
    /// The table.
    pub candidates: Vec<OomCandidate>,
    /// The choice.
    pub outcome: OomOutcome,
    /// The modelled time in ns.
    pub at_ns: u64,
}

impl Machine {
    /// The table for a shortage of the group, or of the machine: what the killer would choose from.
    pub fn oom_candidates(&self, constraint: OomConstraint) -> Vec<OomCandidate> {
        let total = self.oom_total_pages(constraint);
        let live = (0u32..).zip(&self.mms).filter(|(_, mm)| mm.as_ref().is_some_and(|mm| !mm.oom_killed));
        live.map(|(id, _)| self.oom_candidate(MmId(id), total)).collect()
    }

    /// `/proc/PID/oom_score`.
    pub fn oom_score(&self, mm: MmId) -> u64 {
        let total = self.total_pages();
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
    fn oom_total_pages(&self, constraint: OomConstraint) -> u64 {
        match (&self.phys.memcg, constraint) {
            (Some(memcg), OomConstraint::Memcg) if self.config.swappiness == 0 => memcg.limit_pages(),
            (Some(memcg), OomConstraint::Memcg) => {
                memcg.limit_pages() + memcg.swap_excess_pages().min(self.swap.total().into())
            }
            _ => self.total_pages(),
        }
    }

    /// Kills the worst, or stops the machine; false if that is `current`, or nobody may be killed. Of equals the last one goes.
    pub(crate) fn out_of_memory(&mut self, current: Option<MmId>, scope: Scope) -> bool {
        if self.oom_panic.is_some() || current.is_some_and(|mm| self.mm(mm).oom_killed) {
            return false;
        }
        let constraint = if scope.is_machine() { OomConstraint::None } else { OomConstraint::Memcg };
        let candidates = self.oom_candidates(constraint);
        let outcome = self.oom_outcome(&candidates, current, constraint);
        let total_pages = self.oom_total_pages(constraint);
        let at_ns = self.clock.now_ns();
        self.oom_reports.push(OomReport { constraint, total_pages, candidates, outcome, at_ns });
        match outcome {
            OomOutcome::Killed(victim) => self.oom_kill(victim, current),
            OomOutcome::NoVictim => false,
            OomOutcome::Panic(panic) => {
                self.oom_panic = Some(panic);
                false
            }
        }
    }

    fn oom_outcome(
        &self,
        candidates: &[OomCandidate],
        current: Option<MmId>,
        constraint: OomConstraint,
    ) -> OomOutcome {
        let machine = constraint == OomConstraint::None;
        match self.config.panic_on_oom {
            2 => return OomOutcome::Panic(OomPanic::Compulsory),
            1 if machine => return OomOutcome::Panic(OomPanic::SystemWide),
            _ => {}
        }
        let mut killable = candidates.iter().filter(|candidate| candidate.badness.is_some());
        if machine
            && self.config.oom_kill_allocating_task
            && let Some(own) = killable.clone().find(|candidate| Some(candidate.mm) == current)
        {
            return OomOutcome::Killed(own.mm);
        }
        let worst = killable.by_ref().max_by_key(|candidate| candidate.badness);
        match worst {
            Some(victim) => OomOutcome::Killed(victim.mm),
            None if machine => OomOutcome::Panic(OomPanic::Deadlock),
            None => OomOutcome::NoVictim,
        }
    }

    fn oom_kill(&mut self, victim: MmId, current: Option<MmId>) -> bool {
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

    /// The reports since the last call, in order.
    pub fn take_oom_reports(&mut self) -> Vec<OomReport> {
        std::mem::take(&mut self.oom_reports)
    }
}
