//! The thread that frees memory in the background (Linux: `kswapd`, `balance_pgdat`, `kswapd_try_to_sleep`).
//!
//! Woken when no zone is above its low watermark, it works until one is above high. It has a processor and a time of its own: whenever
//! the program's time has gone on, it does the passes that fit in between. On a machine with one processor the program waits.
//! Left out: compaction, boosted watermarks.

use super::Scope;
use super::scan::{DEF_PRIORITY, SWAP_CLUSTER_MAX, ScanControl};
use crate::Machine;
use crate::clock::Runner;
use serde::{Deserialize, Serialize};

/// Runs that free nothing before it gives up (Linux: `MAX_RECLAIM_RETRIES`).
const HOPELESS: u32 = 16;
/// How long it dozes before it sleeps deeply, in ns.
const DOZE_NS: u64 = 100_000_000;

/// What it is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kswapd {
    run: Option<Run>,
    failures: u32,
    slept_ns: Option<u64>,
}

/// One run (Linux: the locals of `balance_pgdat`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Run {
    priority: u32,
    reclaimed: u64,
}

impl Kswapd {
    /// Somebody else has freed something: it may hope again.
    pub(super) fn forgive(&mut self) {
        self.failures = 0;
    }

    /// Whether it has given up.
    pub fn is_hopeless(&self) -> bool {
        self.failures >= HOPELESS
    }
}

impl Machine {
    /// Lets kswapd, which is woken, do what fits until the program's time.
    #[cold]
    pub(crate) fn run_kswapd(&mut self) {
        if self.kswapd.is_hopeless() {
            self.phys.zones.kswapd_slept();
            return;
        }
        self.keep_lists();
        let program = self.clock.switch(Runner::Kswapd);
        if self.kswapd.run.is_none() {
            self.wake_kswapd();
        }
        let start = self.clock.now_ns();
        while self.phys.zones.kswapd_woken() && self.clock.now_ns() <= self.clock.program_ns() {
            self.kswapd_step();
        }
        let end = self.clock.now_ns();
        self.psi.stalled(start, end, false);
        self.clock.switch(program);
        if self.config.cpus == 1 {
            self.clock.advance_to(end);
        }
    }

    fn wake_kswapd(&mut self) {
        let now = self.clock.program_ns();
        self.clock.advance_to(now);
        let dozing = self.kswapd.slept_ns.is_some_and(|slept| now < slept + DOZE_NS);
        self.phys.vmstat.kswapd_low_wmark_hit_quickly += u64::from(dozing);
        self.begin_run();
    }

    fn begin_run(&mut self) {
        self.phys.vmstat.pageoutrun += 1;
        self.kswapd.run = Some(Run { priority: DEF_PRIORITY, reclaimed: 0 });
    }

    /// One pass over the lists (an iteration of `balance_pgdat`).
    fn kswapd_step(&mut self) {
        let Some(mut run) = self.kswapd.run else { return };
        if self.phys.zones.is_balanced() {
            return self.let_kswapd_sleep();
        }
        let high = self.phys.zones.iter().map(|zone| zone.watermarks().high.max(SWAP_CLUSTER_MAX));
        let mut control = ScanControl::new(Scope::Kswapd, high.sum());
        control.priority = run.priority;
        self.lruvec().scope = Scope::Kswapd;
        self.scan_pass(&mut control);
        run.reclaimed += control.reclaimed;
        if control.scanned < control.target || control.reclaimed == 0 {
            run.priority -= 1;
        }
        self.kswapd.run = Some(run);
        if run.priority == 0 {
            self.end_run(run);
        }
    }

    /// All priorities are through and memory is still low: again, unless there is no hope.
    fn end_run(&mut self, run: Run) {
        self.note_activations();
        self.kswapd.failures += u32::from(run.reclaimed == 0);
        if self.kswapd.is_hopeless() {
            return self.let_kswapd_sleep();
        }
        self.phys.vmstat.kswapd_high_wmark_hit_quickly += 1;
        self.begin_run();
    }

    fn let_kswapd_sleep(&mut self) {
        self.note_activations();
        self.kswapd.run = None;
        self.kswapd.slept_ns = Some(self.clock.now_ns());
        self.phys.zones.kswapd_slept();
    }
}
