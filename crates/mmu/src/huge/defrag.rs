//! What is done for a huge page where no block is free: `transparent_hugepage/defrag` (Linux: `vma_thp_gfp_mask`,
//! `__alloc_pages_slowpath`, `try_charge_memcg`).
//!
//! Left out: kcompactd, so that `defer` falls back to base pages at once, and is no better later.

use super::compact::{Compacted, Effort};
use crate::ids::AnonVmaId;
use crate::phys::{OutOfFrames, Shortage};
use crate::reclaim::{MAX_RECLAIM_RETRIES, OverLimit};
use crate::vma::Vma;
use crate::{Machine, Pfn, VmFlags};
use serde::{Deserialize, Serialize};

/// Who may wait for a huge page (`transparent_hugepage/defrag`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ThpDefrag {
    /// All faults; those of mappings without advice do not try hard.
    Always,
    /// None; kcompactd is woken.
    Defer,
    /// Those of mappings advised so (MADV_HUGEPAGE); for others kcompactd is woken.
    DeferMadvise,
    /// Those of mappings advised so.
    #[default]
    Madvise,
    /// None.
    Never,
}

/// How an allocation waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    /// Not at all (without __GFP_DIRECT_RECLAIM).
    No,
    /// Not at all, but kswapd is woken (__GFP_KSWAPD_RECLAIM).
    Wakes,
    /// Once (__GFP_NORETRY).
    Once,
    /// For as long as that may help.
    Yes,
}

impl Wait {
    fn may_reclaim(self) -> bool {
        matches!(self, Wait::Once | Wait::Yes)
    }
}

impl Machine {
    /// A fresh huge page for a fault in `vma`, which compacts and reclaims for it as the policy says.
    pub(super) fn huge_page_for_fault(&mut self, vma: &Vma, family: AnonVmaId, index: u64) -> Option<Pfn> {
        let advised = vma.flags.contains(VmFlags::HUGEPAGE);
        let wait = match self.config.thp_defrag {
            ThpDefrag::Always if !advised => Wait::Once,
            ThpDefrag::Always | ThpDefrag::DeferMadvise | ThpDefrag::Madvise if advised => Wait::Yes,
            ThpDefrag::Defer | ThpDefrag::DeferMadvise => Wait::Wakes,
            _ => Wait::No,
        };
        let head = self.huge_block(wait);
        let stat = &mut self.phys.vmstat;
        match head {
            Some(_) => stat.thp_fault_alloc += 1,
            None => {
                stat.thp_fault_fallback += 1;
                stat.thp_fault_fallback_charge += u64::from(self.phys.short_of != Shortage::Machine);
            }
        }
        head.inspect(|head| self.make_anon_folio(*head, family, index))
    }

    /// The same for a block of base pages that is to become one (khugepaged/defrag is on, and MADV_COLLAPSE always waits).
    pub(super) fn huge_page_for_collapse(&mut self, family: AnonVmaId, index: u64) -> Option<Pfn> {
        let head = self.huge_block(Wait::Yes);
        match head {
            Some(_) => self.phys.vmstat.thp_collapse_alloc += 1,
            None => self.phys.vmstat.thp_collapse_alloc_failed += 1,
        }
        head.inspect(|head| self.make_anon_folio(*head, family, index))
    }

    /// A free block of the size, charged.
    fn huge_block(&mut self, wait: Wait) -> Option<Pfn> {
        let order = self.huge_order();
        let mut retries = MAX_RECLAIM_RETRIES;
        loop {
            match (self.try_block(order, wait), self.phys.short_of) {
                (Ok(head), _) => return Some(head),
                (Err(OutOfFrames), Shortage::Group(over)) => {
                    if !wait.may_reclaim() || !self.relieve_for_block(over, 1 << order, wait, &mut retries) {
                        return None;
                    }
                }
                (Err(OutOfFrames), Shortage::Machine) => return self.make_block(order, wait),
            }
        }
    }

    /// A block, if one is free.
    fn try_block(&mut self, order: u32, wait: Wait) -> Result<Pfn, OutOfFrames> {
        let was_woken = self.phys.zones.kswapd_woken();
        let head = self.phys.alloc_order(order);
        if !was_woken && wait != Wait::Wakes {
            self.phys.zones.kswapd_slept();
        }
        head
    }

    /// The group's limit is in the way: reclaims as many pages. False where to try again makes no sense; nobody is killed for a huge page.
    fn relieve_for_block(&mut self, over: OverLimit, pages: u64, wait: Wait, retries: &mut u32) -> bool {
        self.reclaim_group(pages, over == OverLimit::Memory);
        self.recount_swapped();
        let Some(memcg) = &mut self.phys.memcg else { return false };
        if memcg.margin_pages() >= pages || memcg.drain_stock() {
            return true;
        }
        let again = wait == Wait::Yes && *retries > 0;
        *retries = retries.saturating_sub(1);
        again
    }

    /// No zone has a block: compacts, then reclaims and compacts once more (Linux: `__alloc_pages_slowpath` for a costly order).
    fn make_block(&mut self, order: u32, wait: Wait) -> Option<Pfn> {
        if !wait.may_reclaim() {
            return None;
        }
        let first = self.compact_directly(order, Effort::Async);
        if let Some(head) = self.block_of(order, first, wait) {
            return Some(head);
        }
        if wait == Wait::Once && first <= Compacted::Deferred {
            return None;
        }
        self.reclaim_for_block(order);
        if let Ok(head) = self.try_block(order, wait) {
            return Some(head);
        }
        let effort = if wait == Wait::Once { Effort::Async } else { Effort::SyncLight };
        let second = self.compact_directly(order, effort);
        self.block_of(order, second, wait)
    }

    /// The block that was made by compaction, if one was (Linux: the end of `__alloc_pages_direct_compact`).
    fn block_of(&mut self, order: u32, compacted: Compacted, wait: Wait) -> Option<Pfn> {
        if compacted == Compacted::Skipped {
            return None;
        }
        let head = self.try_block(order, wait).ok();
        match head {
            Some(head) => {
                self.phys.zones.of(head).compaction.allocated(order);
                self.phys.vmstat.compact_success += 1;
            }
            None => self.phys.vmstat.compact_fail += 1,
        }
        head
    }
}
