//! Page reclaim as Linux's two lists do it (`mm/vmscan.c`, `mm/swap.c`, `mm/workingset.c`): which pages go when memory is short.
//!
//! ```text
//! charge fails -> reclaim: priorities 12 .. 0
//!                   pass: how much of each list (balance) -> 32 pages at a time from the tails
//!                     inactive page: used since? -> keep, once more -> activate
//!                                    anonymous -> slot -> unmap -> write -> free
//!                                    file      -> unmap -> clean? -> free
//!                     active pages -> inactive, if that list is short or the working set changes
//! ```
//!
//! A [`Lruvec`] is one pool of pages with its lists; it exists where a machine has something that can run short (a memory
//! cgroup, swap) or has run short of frames (`node`), and costs nothing else. A large folio is one entry of a list. A policy of the
//! literature can decide in the place of the lists ([`by_policy`]); which does is [`ReclaimKind`].

mod active;
mod add;
mod alloc;
mod balance;
pub mod by_policy;
mod enter;
mod flush;
mod for_block;
mod in_flight;
mod inactive;
pub mod kind;
pub mod kswapd;
pub mod lists;
pub mod memcg;
mod memstat;
mod node;
mod numbers;
pub mod oom;
mod page;
mod refault;
mod referenced;
mod refresh;
mod scan;
mod scope;
pub mod stats;
mod unmap;
pub mod workingset;
mod writes;

pub(crate) use add::list_of;
pub(crate) use alloc::MAX_RECLAIM_RETRIES;
pub use kind::{PolicySees, ReclaimKind};
pub use kswapd::Kswapd;
pub use lists::{Lists, LruList};
pub use memcg::{MemCgroup, OverLimit};
pub(crate) use page::{Tally, Verdict};
pub use refresh::StatsRefresh;
pub use scope::Scope;
pub use stats::LruStats;

use crate::Pfn;
use in_flight::InFlight;
use refresh::Refresher;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use workingset::NonresidentAge;
use writes::Writes;

/// A pool of pages: its lists and what reclaim remembers (Linux: `struct lruvec`).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Lruvec {
    /// Its lists.
    pub lists: Lists,
    /// The sizes reclaim believes.
    stats: LruStats,
    /// For whom the reclaim works that is going on.
    pub(crate) scope: Scope,
    refresher: Refresher,
    age: NonresidentAge,
    /// What reclaim of anonymous and of file pages has cost, decaying.
    cost: [u64; 2],
    /// Refaults that came back active, anonymous and file.
    activated: [u64; 2],
    /// The same at the end of the last reclaim.
    activated_before: [u64; 2],
    /// Pages on their way to an asynchronous swap device.
    in_flight: InFlight,
    /// Files' pages being written.
    flushing: Writes,
    /// The thread that writes them, while it is at work.
    flusher: Option<flush::Flusher>,
    /// Pages that it has written.
    flushed: u64,
    /// [`see_clearly`](Self::see_clearly) was tried, and nothing has been freed since.
    saw_clearly: bool,
    /// What decides instead of the lists, where a policy of the literature does; shared by branches until one changes it.
    by_policy: Option<Arc<by_policy::ByPolicy>>,
}

impl Lruvec {
    /// An empty pool on a machine with `cpus` processors.
    pub fn new(refresh: StatsRefresh, cpus: u32) -> Lruvec {
        Lruvec {
            lists: Lists::default(),
            stats: LruStats::default(),
            scope: Scope::default(),
            refresher: Refresher::new(refresh, cpus),
            age: NonresidentAge::default(),
            cost: [0; 2],
            activated: [0; 2],
            activated_before: [0; 2],
            in_flight: InFlight::default(),
            flushing: Writes::default(),
            flusher: None,
            flushed: 0,
            saw_clearly: false,
            by_policy: None,
        }
    }

    /// The policy that decides instead of the lists, if one does.
    pub(crate) fn by_policy(&self) -> Option<&by_policy::ByPolicy> {
        self.by_policy.as_deref()
    }

    /// The same, to be changed.
    fn by_policy_mut(&mut self) -> Option<&mut by_policy::ByPolicy> {
        self.by_policy.as_mut().map(Arc::make_mut)
    }

    /// What was in `from` is in `to` now, which is to go on a list.
    pub(crate) fn rename(&mut self, from: Pfn, to: Pfn) {
        if let Some(by) = self.by_policy_mut() {
            by.rename(from, to);
        }
    }

    /// A page is free: it leaves its list, and nobody waits for its write any more if it was `written`.
    pub(crate) fn release(&mut self, pfn: Pfn, written: bool) {
        self.lists.remove(pfn);
        if let Some(by) = self.by_policy_mut() {
            by.forget(pfn);
        }
        if written {
            self.in_flight.forget(pfn);
            self.flushing.forget(pfn);
        }
    }

    /// The pages being written.
    pub(crate) fn written(&self) -> impl Iterator<Item = Pfn> {
        self.in_flight.pages().chain(self.flushing.pages())
    }

    /// The program made a reference.
    pub(crate) fn note_reference(&mut self, now_ns: u64) {
        self.refresher.note_reference();
        self.refresh_stats(now_ns);
    }

    /// Refreshes the sizes if it is time to (Linux: `mem_cgroup_flush_stats_ratelimited`).
    #[inline]
    fn refresh_stats(&mut self, now_ns: u64) {
        if self.refresher.is_due(now_ns) {
            self.stats = LruStats::new(self.lists.sizes(), self.activated);
        }
    }

    /// Reclaim is at its wits' end: lets it see the sizes as they are, once until it frees something. Differs from Linux, which can
    /// kill for want of memory while swap is nearly empty, when all pages are active and the sizes it believes say that none need be
    /// deactivated.
    fn see_clearly(&mut self) -> bool {
        self.stats = LruStats::new(self.lists.sizes(), self.activated);
        !std::mem::replace(&mut self.saw_clearly, true)
    }

    /// Reclaim of one kind wrote `pages` pages and looked at `kept` in vain (Linux: `lru_note_cost`).
    fn note_cost(&mut self, file: bool, pages: u64, kept: u64) {
        let cost = pages * scan::SWAP_CLUSTER_MAX + kept;
        if cost == 0 {
            return;
        }
        self.cost[usize::from(file)] += cost;
        if self.cost[0] + self.cost[1] > self.stats.total() / 4 {
            self.cost = self.cost.map(|cost| cost / 2);
        }
    }

    /// The page of the next write that has ended by `now_ns`.
    pub(crate) fn next_ended_write(&mut self, now_ns: u64) -> Option<Pfn> {
        self.in_flight.pop_ended(now_ns).or_else(|| {
            let flushed = self.flushing.pop_ended(now_ns);
            self.flushed += u64::from(flushed.is_some());
            flushed
        })
    }

    /// Moves a folio of 2^`order` pages to the tail of `list` if it is on one that is scanned: whether it was.
    pub(crate) fn rotate(&mut self, pfn: Pfn, order: u32, list: LruList) -> bool {
        let rotates = self.lists.list_of(pfn).is_some_and(|on| on != LruList::Unevictable);
        if rotates {
            self.lists.remove(pfn);
            self.lists.add_tail(list, pfn, order);
        }
        rotates
    }

    /// When a page's write ends, if it is under way.
    pub(crate) fn write_end_ns(&self, pfn: Pfn) -> Option<u64> {
        self.in_flight.end_ns(pfn).or_else(|| self.flushing.end_ns(pfn))
    }
}
