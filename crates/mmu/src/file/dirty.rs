//! How much of memory may be dirty, and what keeps it there (Linux: `balance_dirty_pages`, `domain_dirty_limits`, `wb_workfn`).
//!
//! Above the background limit the flusher writes, file by file, as fast as the disk takes it; above the middle of both limits whoever
//! dirties pages waits, the longer the nearer the upper limit is. What has been dirty for 30 s is written in any case.
//!
//! Left out: limits of single devices and of groups. Differs from Linux: a page is clean once it is handed to the disk, and counts as being
//! written until that is done; the disk's bandwidth is given, not measured.

use super::Backing;
use crate::ids::InodeId;
use crate::phys::Zone;
use crate::{Machine, Pfn};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// What the disk takes for a page, in ns of the modelled clock: 1 GB/s.
const WRITE_NS: u64 = 4_000;
/// Pages dirtied between two looks at the limits (Linux: `nr_dirtied_pause` at its least).
const DIRTIED_PAUSE: u64 = 32;
/// Pages that the flusher writes of a file before it turns to the next (Linux: `MIN_WRITEBACK_PAGES`).
const CHUNK_PAGES: usize = 1024;
/// The longest wait at a time, in ns (Linux: `MAX_PAUSE`).
const MAX_PAUSE_NS: u64 = 200_000_000;
/// How often the flusher looks for what has been dirty for long, and how long that is, in ns (`vm.dirty_writeback_centisecs`,
/// `vm.dirty_expire_centisecs`).
const WAKE_NS: u64 = 5_000_000_000;
const EXPIRE_NS: u64 = 30_000_000_000;
/// 1 as a fixed-point number (Linux: `RATELIMIT_CALC_SHIFT`).
const ONE: i64 = 1 << 10;

/// Dirty pages of the machine, and the flusher.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dirty {
    /// Dirty pages of files that are on a disk (`nr_dirty`).
    pub pages: u64,
    /// How long those who dirtied pages have waited, in ns.
    pub throttled_ns: u64,
    /// Pages dirtied since the last look at the limits.
    since_look: u64,
    /// Writes under way, in the order in which they end: when, and of how many pages.
    in_flight: VecDeque<(u64, u64)>,
    /// When the flusher looks for what has been dirty for long.
    next_wake_ns: u64,
}

impl Dirty {
    /// Pages being written (`nr_writeback`), as of the last look.
    pub fn writing(&self) -> u64 {
        self.in_flight.iter().map(|(_, pages)| pages).sum()
    }

    pub(super) fn note_dirtied(&mut self, pages: u64) {
        self.pages += pages;
        self.since_look += pages;
    }

    pub(super) fn note_clean(&mut self, pages: u64) {
        self.pages -= pages;
    }

    /// The disk is given `pages` pages at `now_ns`, behind those it has already.
    fn submit(&mut self, now_ns: u64, pages: u64) {
        let begins = self.in_flight.back().map_or(now_ns, |(ends, _)| now_ns.max(*ends));
        self.in_flight.push_back((begins + pages * WRITE_NS, pages));
    }

    fn end_writes(&mut self, now_ns: u64) {
        while self.in_flight.pop_front_if(|(ends, _)| *ends <= now_ns).is_some() {}
    }
}

impl Machine {
    /// The limits in pages: where the flusher begins to write, and what dirty pages may not exceed.
    pub fn dirty_thresholds(&self) -> (u64, u64) {
        let available = self.dirtyable_pages();
        let limit = available * self.config.dirty_ratio / 100;
        let background = available * self.config.dirty_background_ratio / 100;
        (if background >= limit { limit / 2 } else { background }, limit)
    }

    /// Free pages beyond the reserves, and the page cache (Linux: `global_dirtyable_memory`).
    fn dirtyable_pages(&self) -> u64 {
        let zones = &self.phys.zones;
        let free: u64 = zones.iter().map(Zone::free_pages).sum();
        let reserve: u64 = zones.iter().map(Zone::total_reserve).sum();
        free.saturating_sub(reserve) + self.files.cached_pages()
    }

    /// The program has dirtied pages: it waits where too many are (Linux: `balance_dirty_pages_ratelimited`).
    pub(crate) fn balance_dirty_pages(&mut self) {
        if self.files.dirty.since_look < DIRTIED_PAUSE {
            return;
        }
        let mut dirtied = std::mem::take(&mut self.files.dirty.since_look);
        self.flush_old();
        let (background, limit) = self.dirty_thresholds();
        while self.unwritten_pages() > background {
            self.flush_background(background);
            let dirty = self.unwritten_pages();
            if dirty <= (background + limit) / 2 {
                break;
            }
            let start = self.clock.now_ns();
            let pause = pause_ns(dirty, background, limit, dirtied);
            self.clock.advance(pause);
            self.files.dirty.throttled_ns += self.clock.now_ns() - start;
            if dirty < limit {
                break;
            }
            dirtied = DIRTIED_PAUSE;
        }
    }

    fn unwritten_pages(&mut self) -> u64 {
        self.files.dirty.end_writes(self.clock.now_ns());
        self.files.dirty.pages + self.files.dirty.writing()
    }

    /// Keeps the disk busy while more than `background` pages are dirty.
    fn flush_background(&mut self, background: u64) {
        while self.files.dirty.pages > background && self.files.dirty.writing() < CHUNK_PAGES as u64 {
            let Some(id) = self.files.next_dirty() else { break };
            self.flush_chunk(id);
        }
    }

    fn flush_chunk(&mut self, id: InodeId) {
        let mut pages = 0;
        for head in self.dirty_chunk(id) {
            if pages >= CHUNK_PAGES as u64 {
                break;
            }
            pages += u64::from(self.folio_nr_pages(head));
            self.write_folio_out(id, head);
        }
        self.files.dirty.submit(self.clock.now_ns(), pages);
    }

    /// The first dirty folios of a file.
    fn dirty_chunk(&self, id: InodeId) -> Vec<Pfn> {
        let inode = self.files.inode(id);
        inode.dirty.keys().take(CHUNK_PAGES).filter_map(|index| inode.pages.get(index).copied()).collect()
    }

    /// Writes what has been dirty for 30 s, every 5 s.
    pub(crate) fn flush_old(&mut self) {
        let now = self.clock.program_ns();
        if now < self.files.dirty.next_wake_ns {
            return;
        }
        self.files.dirty.next_wake_ns = (now / WAKE_NS + 1) * WAKE_NS;
        for id in self.files.dirty_since(now.saturating_sub(EXPIRE_NS)) {
            while !self.files.inode(id).dirty.is_empty() {
                self.flush_chunk(id);
            }
        }
    }

    /// Whether the flusher is to look for what has been dirty for long.
    #[inline]
    pub(crate) fn flusher_is_due(&self) -> bool {
        self.files.dirty.pages > 0 && self.clock.program_ns() >= self.files.dirty.next_wake_ns
    }
}

/// How long who dirtied `dirtied` pages waits: as long as the disk takes for them, less if there are less than in the middle between
/// where waiting begins and the limit, more if there are more (Linux: `pos_ratio_polynom`).
fn pause_ns(dirty: u64, background: u64, limit: u64, dirtied: u64) -> u64 {
    let (dirty, limit) = (dirty as i64, limit as i64);
    let setpoint = ((background as i64 + limit) / 2 + limit) / 2;
    if dirty >= limit {
        return MAX_PAUSE_NS;
    }
    let x = (setpoint - dirty) * ONE / (limit - setpoint + 1);
    let ratio = (ONE + x * x / ONE * x / ONE).clamp(1, 2 * ONE) as u64;
    (dirtied * WRITE_NS * ONE as u64 / ratio).min(MAX_PAUSE_NS)
}

impl super::Files {
    /// The file whose turn it is to be written, of those that have dirty pages.
    fn next_dirty(&self) -> Option<InodeId> {
        self.dirty_files().next().map(|(id, _)| id)
    }

    /// The files whose oldest dirty page was dirtied by `then_ns`.
    fn dirty_since(&self, then_ns: u64) -> Vec<InodeId> {
        self.dirty_files().filter(|(_, since_ns)| *since_ns <= then_ns).map(|(id, _)| id).collect()
    }

    fn dirty_files(&self) -> impl Iterator<Item = (InodeId, u64)> {
        let inodes = (0u32..).map(InodeId).zip(&self.inodes);
        inodes.filter_map(|(id, inode)| {
            let inode = inode.as_ref().filter(|inode| inode.backing != Backing::Shmem)?;
            (!inode.dirty.is_empty()).then_some((id, inode.dirtied_ns))
        })
    }

    /// Pages of all page caches but tmpfs's, which cannot be written.
    fn cached_pages(&self) -> u64 {
        let inodes = self.inodes.iter().flatten().filter(|inode| inode.backing != Backing::Shmem);
        inodes.map(super::Inode::cached_pages).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearer_the_limit_the_longer_the_wait() {
        let pause = |dirty| pause_ns(dirty, 1000, 2000, 32);
        let even = 32 * WRITE_NS;
        assert_eq!(pause(1750), even, "in the middle as fast as the disk");
        assert!(pause(1510) < even && pause(1900) > even);
        assert_eq!(pause(2000), MAX_PAUSE_NS);
    }

    #[test]
    fn the_disk_does_one_thing_after_another() {
        let mut dirty = Dirty::default();
        dirty.note_dirtied(30);
        dirty.submit(100, 10);
        dirty.submit(200, 5);
        dirty.end_writes(50_000);
        assert_eq!(dirty.writing(), 5);
        dirty.end_writes(60_100);
        assert_eq!(dirty.writing(), 0);
    }
}
