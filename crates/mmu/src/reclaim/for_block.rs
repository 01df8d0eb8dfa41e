//! Reclaim for a block of frames: only until compaction has enough free ones to work with (Linux: `compaction_ready`,
//! `should_continue_reclaim`, `shrink_zones`).

use super::scan::{SWAP_CLUSTER_MAX, ScanControl};
use super::{LruList, Scope};
use crate::Machine;
use crate::phys::Zone;

impl Machine {
    /// Frees pages while the program waits, if no zone has yet what compaction for a block of 2^`order` takes.
    pub(crate) fn reclaim_for_block(&mut self, order: u32) {
        self.phys.vmstat.allocstall_movable += 1;
        if self.phys.zones.iter().all(|zone| zone.is_compaction_ready(order)) {
            return;
        }
        self.keep_lists();
        self.lruvec().scope = Scope::Direct;
        let mut control = ScanControl { order, ..ScanControl::new(Scope::Direct, SWAP_CLUSTER_MAX) };
        if self.stalled(|machine| machine.reclaim_until_done(&mut control)) > 0 {
            self.kswapd.forgive();
        }
    }

    /// Whether one pass is enough.
    pub(super) fn some_compaction_ready(&self, order: u32) -> bool {
        order > 0 && self.phys.zones.iter().any(|zone| zone.is_compaction_ready(order))
    }

    /// Whether a pass that freed so many pages goes on: it frees some, and not yet enough for compaction.
    pub(super) fn reclaims_on(&mut self, order: u32, freed: u64) -> bool {
        let suits = |zone: &Zone| zone.suits_compaction(zone.watermarks().low, order);
        if freed == 0 || self.phys.zones.iter().any(suits) {
            return false;
        }
        let can_swap = self.can_swap();
        let lists = &self.lruvec().lists;
        let anon = if can_swap { lists.size(LruList::InactiveAnon) } else { 0 };
        lists.size(LruList::InactiveFile) + anon > 2 << order
    }
}
