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
//! cgroup, swap) or has run short of frames (`node`), and costs nothing else. Only pages of base size are on its lists. A policy of the
//! literature can decide in the place of the lists ([`by_policy`]); which does is [`ReclaimKind`].

mod active;
mod add;
mod alloc;
mod balance;
pub mod by_policy;
mod enter;
mod flush;
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

pub(crate) use add::list_of;
pub(crate) use alloc::MAX_RECLAIM_RETRIES;
pub use kind::{PolicySees, ReclaimKind};
pub use kswapd::Kswapd;
pub use lists::{Lists, LruList};
pub use memcg::{MemCgroup, OverLimit};
pub use refresh::StatsRefresh;
pub use scope::Scope;
pub use stats::LruStats;

use crate::Pfn;
use refresh::Refresher;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use workingset::NonresidentAge;

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
    /// Pages to be written that the device has not been given yet.
    plugged: Vec<Pfn>,
    /// Pages being written, in the order in which the writes end, with the time of that.
    in_flight: VecDeque<(u64, Pfn)>,
    /// The same of files' pages.
    flushing: VecDeque<(u64, Pfn)>,
    /// What decides instead of the lists, where a policy of the literature does.
    by_policy: Option<Box<by_policy::ByPolicy>>,
}

/// Pages in one request of a virtual disk (virtio-blk: 126 segments); the next one pulls the plug.
const PLUG_PAGES: usize = 126;

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
            plugged: Vec::new(),
            in_flight: VecDeque::new(),
            flushing: VecDeque::new(),
            by_policy: None,
        }
    }

    /// The policy that decides instead of the lists, if one does.
    pub(crate) fn by_policy(&self) -> Option<&by_policy::ByPolicy> {
        self.by_policy.as_deref()
    }

    /// A page is free: it leaves its list, and nobody waits for its write any more if it was `written`.
    pub(crate) fn release(&mut self, pfn: Pfn, written: bool) {
        self.lists.remove(pfn);
        if let Some(by) = &mut self.by_policy {
            by.forget(pfn);
        }
        if written {
            self.plugged.retain(|page| *page != pfn);
            self.in_flight.retain(|(_, page)| *page != pfn);
            self.flushing.retain(|(_, page)| *page != pfn);
        }
    }

    /// The pages being written.
    pub(crate) fn written(&self) -> impl Iterator<Item = Pfn> {
        let queued = self.in_flight.iter().chain(&self.flushing).map(|(_, pfn)| *pfn);
        self.plugged.iter().copied().chain(queued)
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

    /// A page is handed to an asynchronous device: its write waits in the plug with those before it (Linux: `blk_plug`), which
    /// is pulled when it is full, so that the writes end at `ends_ns`, and at the end of a pass.
    pub(crate) fn submit_write(&mut self, pfn: Pfn, ends_ns: u64) {
        self.plugged.push(pfn);
        if self.plugged.len() >= PLUG_PAGES {
            self.pull_plug(ends_ns);
        }
    }

    /// Lets the device have what waits: the writes end at `ends_ns`, but not before those it has already.
    pub(crate) fn pull_plug(&mut self, ends_ns: u64) {
        let ends = self.in_flight.back().map_or(ends_ns, |(last, _)| ends_ns.max(*last));
        self.in_flight.extend(self.plugged.drain(..).map(|pfn| (ends, pfn)));
    }

    /// The page of the next write that has ended by `now_ns`.
    pub(crate) fn next_ended_write(&mut self, now_ns: u64) -> Option<Pfn> {
        let queues = [&mut self.in_flight, &mut self.flushing];
        let ended = |queue: &mut VecDeque<(u64, Pfn)>| queue.pop_front_if(|(ends, _)| *ends <= now_ns);
        queues.into_iter().find_map(ended).map(|(_, pfn)| pfn)
    }

    /// Moves a page to the tail of `list` if it is on one that is scanned: whether it was.
    pub(crate) fn rotate(&mut self, pfn: Pfn, list: LruList) -> bool {
        let rotates = self.lists.list_of(pfn).is_some_and(|on| on != LruList::Unevictable);
        if rotates {
            self.lists.remove(pfn);
            self.lists.add_tail(list, pfn);
        }
        rotates
    }

    /// When a page's write ends, if it is under way; what waits is given to the device first.
    pub(crate) fn write_end_ns(&mut self, pfn: Pfn, ends_ns: u64) -> Option<u64> {
        self.pull_plug(ends_ns);
        let mut queued = self.in_flight.iter().chain(&self.flushing);
        queued.find(|(_, page)| *page == pfn).map(|(ends, _)| *ends)
    }
}
