//! The passes of one reclaim (Linux: `try_to_free_mem_cgroup_pages`, `do_try_to_free_pages`, `shrink_node`, `shrink_lruvec`).

use super::Scope;
use super::balance::Balance;
use super::lists::LruList;
use crate::Machine;
use crate::phys::Zone;

/// Pages that are scanned at a time, and freed at least (Linux: `SWAP_CLUSTER_MAX`).
pub(super) const SWAP_CLUSTER_MAX: u64 = 32;
/// The first pass scans a 4096th of each list (Linux: `DEF_PRIORITY`).
pub(super) const DEF_PRIORITY: u32 = 12;

/// One reclaim (Linux: `struct scan_control`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ScanControl {
    /// For whom.
    pub(super) scope: Scope,
    /// Pages to free.
    pub(super) target: u64,
    /// log2 of the pages that are wanted side by side.
    pub(super) order: u32,
    /// Whether anonymous pages going to swap help.
    pub(super) may_swap: bool,
    /// Pages looked at on inactive lists.
    pub(super) scanned: u64,
    /// The machine has hardly any file pages, so that only anonymous ones can help.
    pub(super) file_is_tiny: bool,
    /// Lists are scanned by size >> priority.
    pub(super) priority: u32,
    /// Pages freed.
    pub(super) reclaimed: u64,
    /// Active anonymous and file pages may be deactivated.
    pub(super) may_deactivate: [bool; 2],
    /// Whatever the refaults say.
    pub(super) force_deactivate: bool,
    /// An active list was left alone.
    pub(super) skipped_deactivate: bool,
    /// Inactive file pages abound: leave anonymous ones alone.
    pub(super) trim_cache: bool,
    /// What reclaim of anonymous pages has cost.
    pub(super) anon_cost: u64,
    /// What reclaim of file pages has cost.
    pub(super) file_cost: u64,
}

impl ScanControl {
    pub(super) fn new(scope: Scope, target: u64) -> ScanControl {
        ScanControl {
            scope,
            target,
            order: 0,
            may_swap: true,
            scanned: 0,
            file_is_tiny: false,
            priority: DEF_PRIORITY,
            reclaimed: 0,
            may_deactivate: [false; 2],
            force_deactivate: false,
            skipped_deactivate: false,
            trim_cache: false,
            anon_cost: 0,
            file_cost: 0,
        }
    }
}

impl ScanControl {
    /// The first pass for the machine takes its whole share of each list: if kswapd does not keep up, more than 32 pages are wanted.
    fn takes_all(&self) -> bool {
        self.scope == Scope::Direct && self.priority == DEF_PRIORITY
    }
}

impl Machine {
    /// Frees at least 32 pages of the group if it can, with `may_swap` anonymous ones, too: how many it freed.
    pub(crate) fn reclaim_pages(&mut self, may_swap: bool) -> u64 {
        if self.phys.lruvec.is_none() {
            return 0;
        }
        self.lruvec().scope = Scope::Group;
        let control = ScanControl::new(Scope::Group, SWAP_CLUSTER_MAX);
        self.reclaim_until_done(&mut ScanControl { may_swap, ..control })
    }

    /// The same for so many pages that are wanted at once, while the program waits.
    pub(crate) fn reclaim_group(&mut self, pages: u64, may_swap: bool) -> u64 {
        if self.phys.lruvec.is_none() {
            return 0;
        }
        self.lruvec().scope = Scope::Group;
        let control = ScanControl::new(Scope::Group, pages.max(SWAP_CLUSTER_MAX));
        self.stalled(|machine| machine.reclaim_until_done(&mut ScanControl { may_swap, ..control }))
    }

    /// One reclaim; a second time without sparing active pages if the first freed nothing (Linux: `do_try_to_free_pages`).
    pub(super) fn reclaim_until_done(&mut self, control: &mut ScanControl) -> u64 {
        loop {
            self.reclaim_by_priority(control);
            if control.reclaimed > 0 || !control.skipped_deactivate {
                return control.reclaimed;
            }
            control.force_deactivate = true;
            control.skipped_deactivate = false;
        }
    }

    fn reclaim_by_priority(&mut self, control: &mut ScanControl) {
        if self.lruvec().by_policy.is_some() {
            let pages = if control.target > SWAP_CLUSTER_MAX { control.target } else { 1 };
            control.reclaimed += self.reclaim_by_policy(pages);
            return;
        }
        for priority in (0..=DEF_PRIORITY).rev() {
            control.priority = priority;
            self.scan_pass(control);
            if control.reclaimed >= control.target || self.some_compaction_ready(control.order) {
                break;
            }
        }
        self.note_activations();
    }

    /// One pass over the lists at the priority of `control`, or as many pages as one frees at least, if a policy decides.
    pub(super) fn scan_pass(&mut self, control: &mut ScanControl) {
        if self.lruvec().by_policy.is_some() {
            control.scanned = control.target;
            control.reclaimed += self.reclaim_by_policy(SWAP_CLUSTER_MAX);
            return;
        }
        loop {
            let before = control.reclaimed;
            self.prepare_scan(control);
            self.shrink_lruvec(control);
            if control.order == 0 || !self.reclaims_on(control.order, control.reclaimed - before) {
                return;
            }
        }
    }

    /// A reclaim is over: activations from now on are new ones.
    pub(super) fn note_activations(&mut self) {
        let now_ns = self.clock.now_ns();
        let lruvec = self.lruvec();
        lruvec.refresh_stats(now_ns);
        lruvec.activated_before = lruvec.stats.activated;
    }

    /// Linux: `prepare_scan_control`.
    fn prepare_scan(&mut self, control: &mut ScanControl) {
        let now_ns = self.clock.now_ns();
        let lruvec = self.lruvec();
        lruvec.refresh_stats(now_ns);
        [control.anon_cost, control.file_cost] = lruvec.cost;
        for file in [false, true] {
            let kind = usize::from(file);
            control.may_deactivate[kind] = control.force_deactivate
                || lruvec.stats.activated[kind] != lruvec.activated_before[kind]
                || lruvec.stats.inactive_is_low(file);
        }
        control.trim_cache = lruvec.stats.inactive_file >> control.priority > 0 && !control.may_deactivate[1];
        let (anon, file) =
            (lruvec.stats.inactive_anon, lruvec.stats.inactive_file + lruvec.stats.active_file);
        let zones = &self.phys.zones;
        let free: u64 = zones.iter().map(Zone::free_pages).sum();
        let high: u64 = zones.iter().map(|zone| zone.watermarks().high).sum();
        control.file_is_tiny = control.scope.is_machine()
            && file + free <= high
            && !control.may_deactivate[0]
            && anon >> control.priority > 0;
    }

    fn shrink_lruvec(&mut self, control: &mut ScanControl) {
        let balance = Balance::choose(control, control.may_swap && self.can_swap(), self.config.swappiness);
        let target = balance.counts(self.lruvec().lists.sizes(), control.priority);
        let mut left = target;
        let mut reclaimed = 0;
        while left.is_left() {
            for list in LruList::EVICTABLE {
                let pages = left.0[list as usize].min(SWAP_CLUSTER_MAX);
                left.0[list as usize] -= pages;
                reclaimed += self.shrink_list(list, pages, control);
            }
            if reclaimed >= control.target && !control.takes_all() && !left.even_out(&target) {
                break;
            }
        }
        control.reclaimed += reclaimed;
        self.pull_plug();
        if self.swap.total() > 0 && self.lruvec().stats.inactive_is_low(false) {
            self.shrink_active_list(LruList::ActiveAnon, SWAP_CLUSTER_MAX);
        }
    }

    fn shrink_list(&mut self, list: LruList, pages: u64, control: &mut ScanControl) -> u64 {
        if pages == 0 {
            return 0;
        }
        if !list.is_active() {
            let (scanned, freed) = self.shrink_inactive_list(list, pages);
            control.scanned += scanned;
            return freed;
        }
        if control.may_deactivate[usize::from(list.is_file())] {
            self.shrink_active_list(list, pages);
        } else {
            control.skipped_deactivate = true;
        }
        0
    }

    /// Whether anonymous pages have somewhere to go (Linux: `can_reclaim_anon_pages`).
    pub(super) fn can_swap(&self) -> bool {
        self.swap.has_room()
    }
}
