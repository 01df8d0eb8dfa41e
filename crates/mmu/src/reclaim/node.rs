//! The machine itself is short of frames: allocations reclaim (Linux: `__alloc_pages_slowpath`, `__alloc_pages_direct_reclaim`,
//! `should_reclaim_retry`, `try_to_free_pages`).
//!
//! While memory is plentiful no lists are kept (unless there is swap or a group); they are made when the first zone gets low, in the
//! order of the frames' numbers. Left out: compaction, throttling of allocations on a machine below half of min.
//!
//! Differs from Linux: those first lists are in the order of frame numbers, which is that of allocation where none was freed.

use super::add::list_of;
use super::scan::{SWAP_CLUSTER_MAX, ScanControl};
use super::{LruList, Lruvec, Scope, StatsRefresh};
use crate::phys::{Frame, FrameFlags};
use crate::{Machine, Pfn};

impl Machine {
    /// No zone has a frame above min: reclaims; out of memory where that is vain. False where trying again makes no sense.
    pub(super) fn relieve_machine(&mut self, retries: &mut u32) -> bool {
        if self.reclaim_directly() > 0 {
            return true;
        }
        *retries = retries.saturating_sub(1);
        let reclaimable = self.reclaimable_pages();
        if *retries > 0 && self.phys.zones.would_serve(0, reclaimable) {
            return true;
        }
        *retries = super::MAX_RECLAIM_RETRIES;
        self.out_of_memory(self.current, Scope::Direct)
    }

    /// Frees at least 32 pages of the machine if it can, while the program waits: how many it freed.
    pub(crate) fn reclaim_directly(&mut self) -> u64 {
        self.keep_lists();
        let freed = self.stalled(Machine::direct_reclaim);
        if freed > 0 {
            self.kswapd.forgive();
        }
        freed
    }

    fn direct_reclaim(&mut self) -> u64 {
        self.phys.vmstat.allocstall_movable += 1;
        self.lruvec().scope = Scope::Direct;
        let mut control = ScanControl::new(Scope::Direct, SWAP_CLUSTER_MAX);
        self.reclaim_until_done(&mut control)
    }

    /// Pages that reclaim could free at best (Linux: `zone_reclaimable_pages`).
    fn reclaimable_pages(&mut self) -> u64 {
        let can_swap = self.can_swap();
        let lists = &self.lruvec().lists;
        let wanted = |list: &LruList| list.is_file() || can_swap;
        LruList::EVICTABLE.iter().filter(|list| wanted(list)).map(|list| lists.size(*list)).sum()
    }

    /// Makes the lists, where none are kept yet; the configured policy is told of the pages in the same order.
    pub(crate) fn keep_lists(&mut self) {
        if self.phys.lruvec.is_some() {
            return;
        }
        self.phys.activate_waiting();
        let mut lruvec = Box::new(Lruvec::new(StatsRefresh::Always, self.config.cpus));
        let mut pages = 0;
        for pfn in (0..self.phys.described()).map(Pfn) {
            let frame = self.phys.frame(pfn);
            if is_listed(frame) {
                lruvec.lists.add(list_of(frame), pfn, frame.order());
                pages += 1 << frame.order();
            }
        }
        lruvec.by_policy = self.new_policy(pages);
        let by_policy = lruvec.by_policy.is_some();
        self.phys.lruvec = Some(lruvec);
        if by_policy {
            self.tell_policy_of_all();
        }
    }

    fn tell_policy_of_all(&mut self) {
        for pfn in (0..self.phys.described()).map(Pfn) {
            if is_listed(self.phys.frame(pfn)) {
                self.phys.policy_insert(pfn);
            }
        }
    }

    /// Does work that the program has to wait for, and that counts as pressure.
    pub(super) fn stalled<R>(&mut self, work: impl FnOnce(&mut Machine) -> R) -> R {
        let start = self.clock.now_ns();
        let result = work(self);
        self.psi.stalled(start, self.clock.now_ns(), true);
        result
    }
}

/// Whether a frame's page is on a list: one of a program or a file, the first of its folio.
fn is_listed(frame: &Frame) -> bool {
    const NONE: FrameFlags = FrameFlags::TAIL.union(FrameFlags::TABLE).union(FrameFlags::RESERVED);
    frame.flags().intersects(FrameFlags::ANON | FrameFlags::FILE) && !frame.flags().intersects(NONE)
}
