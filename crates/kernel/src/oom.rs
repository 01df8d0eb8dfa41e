//! `/proc/PID/oom_score_adj` and `/proc/PID/oom_score` (Linux: `fs/proc/base.c`), and what the OOM killer did, by process.

use crate::{Errno, Kernel, Pid, Task};
use memtwin_mmu::MmId;
use memtwin_mmu::reclaim::oom::{
    OOM_SCORE_ADJ_MAX, OOM_SCORE_ADJ_MIN, OomConstraint, OomOutcome, OomPanic, OomReport,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One row of the table that a victim was chosen from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OomRow {
    /// The process.
    pub pid: Pid,
    /// Its mapped pages.
    pub total_vm_pages: u64,
    /// Its resident pages.
    pub rss_pages: u64,
    /// Its page tables in bytes.
    pub pgtables_bytes: u64,
    /// Its swap entries.
    pub swap_pages: u64,
    /// Its adjustment.
    pub oom_score_adj: i16,
    /// Its badness in pages; None: not to be killed.
    pub badness: Option<i64>,
}

/// Why the OOM killer did what it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OomEvent {
    /// What was out of memory.
    pub constraint: OomConstraint,
    /// Whom it killed; None where nobody may be, or the machine stopped.
    pub killed: Option<Pid>,
    /// Why the machine stopped, if it did.
    pub panic: Option<OomPanic>,
    /// The pages that an adjustment of 1000 stands for.
    pub total_pages: u64,
    /// The table, by process number.
    pub table: Vec<OomRow>,
    /// The modelled time in ns.
    pub at_ns: u64,
}

impl fmt::Display for OomEvent {
    /// The table as in the kernel's log, with the badness added.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "[  pid  ] total_vm      rss pgtables_bytes swapents oom_score_adj  badness")?;
        for row in &self.table {
            let OomRow { pid, total_vm_pages, rss_pages, pgtables_bytes, swap_pages, oom_score_adj, .. } =
                row;
            let badness = row.badness.map_or_else(|| "never".to_owned(), |pages| pages.to_string());
            write!(f, "[{pid:7}] {total_vm_pages:8} {rss_pages:8} {pgtables_bytes:14} {swap_pages:8}")?;
            writeln!(f, " {oom_score_adj:13} {badness:>8}")?;
        }
        let out = match self.constraint {
            OomConstraint::None => "Out of memory",
            OomConstraint::Memcg => "Memory cgroup out of memory",
        };
        match (self.killed, self.panic) {
            (Some(pid), _) => writeln!(f, "{out}: Killed process {pid}"),
            (None, Some(panic)) => writeln!(f, "Kernel panic - not syncing: {panic}"),
            (None, None) => writeln!(f, "{out} and no killable processes..."),
        }
    }
}

impl Kernel {
    /// Ends the processes that the OOM killer chose, or all where the machine has stopped: those it chose, in order.
    pub fn reap_oom_kills(&mut self) -> Vec<Pid> {
        for report in self.machine.take_oom_reports() {
            let event = self.oom_event(&report);
            self.oom_events.push(event);
        }
        let killed = self.machine.take_oom_kills();
        let pids: Vec<Pid> = killed.into_iter().filter_map(|mm| self.pid_of(mm)).collect();
        pids.iter().for_each(|&pid| self.end_process(pid));
        if self.machine.oom_panic.is_some() {
            self.pids().collect::<Vec<_>>().into_iter().for_each(|pid| self.end_process(pid));
        }
        pids
    }

    /// What the OOM killer did so far, in order.
    pub fn oom_events(&self) -> &[OomEvent] {
        &self.oom_events
    }

    fn pid_of(&self, mm: MmId) -> Option<Pid> {
        self.processes.iter().find(|(_, process)| process.mm == mm).map(|(pid, _)| *pid)
    }

    fn oom_event(&self, report: &OomReport) -> OomEvent {
        let (killed, panic) = match report.outcome {
            OomOutcome::Killed(mm) => (self.pid_of(mm), None),
            OomOutcome::NoVictim => (None, None),
            OomOutcome::Panic(panic) => (None, Some(panic)),
        };
        let page_bytes = self.machine.page_size();
        let rows = report.candidates.iter().filter_map(|candidate| {
            Some(OomRow {
                pid: self.pid_of(candidate.mm)?,
                total_vm_pages: self.machine.mm(candidate.mm).stats.total_vm_pages,
                rss_pages: candidate.rss_pages,
                pgtables_bytes: candidate.table_pages * page_bytes,
                swap_pages: candidate.swap_pages,
                oom_score_adj: candidate.adj,
                badness: candidate.badness,
            })
        });
        let mut table: Vec<OomRow> = rows.collect();
        table.sort_by_key(|row| row.pid);
        let (constraint, total_pages, at_ns) = (report.constraint, report.total_pages, report.at_ns);
        OomEvent { constraint, killed, panic, total_pages, table, at_ns }
    }
}

impl Task<'_> {
    /// Writes the caller's `oom_score_adj`. Only root may lower it below 0.
    ///
    /// # Errors
    /// `EINVAL` outside -1000 to 1000, `EACCES` below 0 without CAP_SYS_RESOURCE.
    pub fn set_oom_score_adj(&mut self, adj: i64) -> Result<(), Errno> {
        let adj = i16::try_from(adj).map_err(|_| Errno::EINVAL)?;
        if !(OOM_SCORE_ADJ_MIN..=OOM_SCORE_ADJ_MAX).contains(&adj) {
            return Err(Errno::EINVAL);
        }
        if adj < 0 && !self.kernel.machine.config.privileged {
            return Err(Errno::EACCES);
        }
        let mm = self.mm;
        self.machine().mm_mut(mm).oom_score_adj = adj;
        Ok(())
    }

    /// Reads the caller's `oom_score`.
    pub fn oom_score(&self) -> u64 {
        self.kernel.machine.oom_score(self.mm)
    }
}
