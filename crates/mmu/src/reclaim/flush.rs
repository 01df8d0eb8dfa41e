//! Dirty pages of files that reclaim comes upon (Linux: `wakeup_flusher_threads`, `reclaim_throttle`, `wb_check_start_all`).
//!
//! Reclaim writes none itself: it marks them, makes them active and goes on. Only if it found nothing but such pages does the
//! flusher thread write all there are, in the order of their files, while reclaim waits until some are clean. The flusher has only a few
//! requests under way at a time (`wbt_wait`), so that a page stays dirty until its turn comes; each page that reclaim had marked
//! goes to the tail of its list when its write ends. Left out: pages that are written because they are old or too many
//! ([`crate::file::dirty`]).

use super::Lruvec;
use super::scan::SWAP_CLUSTER_MAX;
use crate::file::Backing;
use crate::phys::FrameFlags;
use crate::{InodeId, Machine, Pfn};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// From waking the flusher to its first write.
const WAKE_NS: u64 = 50_000;
/// What each write of neighbouring pages takes, and each page in it. (By `sync_file_range` of half the pages of a file on Linux 6.18, in
/// a virtual machine whose host caches the disk: 9 us alone; under load 18 to 36 us, and 31 to 56 us beside somebody who reads. This is
/// chosen in between: 6 and 12 were too short for two of fourteen measured experiments.)
const WRITE_NS: u64 = 25_000;
const PAGE_NS: u64 = 1_500;
/// The most pages of a write (virtio-blk: 254 segments).
const WRITE_PAGES: u64 = 254;
/// Writes under way while somebody reads (Linux: `wb_background` of `calc_wb_limits`).
const DEPTH: usize = 4;
/// The longest that reclaim waits (`HZ / 10`).
const THROTTLE_NS: u64 = 100_000_000;

/// The flusher thread at work.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Flusher {
    /// The file that it writes, and the page from which on.
    file: InodeId,
    index: u64,
    /// When it can have the next write begin.
    next_ns: u64,
    /// When those end that it had begin last.
    ends_ns: VecDeque<u64>,
}

impl Flusher {
    fn woken(now_ns: u64) -> Flusher {
        Flusher { file: InodeId(0), index: 0, next_ns: now_ns + WAKE_NS, ends_ns: VecDeque::new() }
    }

    /// A write of `pages` pages begins: when it ends.
    fn submit(&mut self, pages: u64) -> u64 {
        let begins = self.ends_ns.back().map_or(self.next_ns, |ends| self.next_ns.max(*ends));
        let ends = begins + WRITE_NS + pages * PAGE_NS;
        self.ends_ns.push_back(ends);
        if self.ends_ns.len() == DEPTH {
            self.next_ns = self.ends_ns.pop_front().map_or(ends, |first| self.next_ns.max(first));
        }
        ends
    }
}

impl Machine {
    /// All that reclaim found are dirty pages that nobody writes: lets them be written and waits for a few.
    pub(super) fn wake_flusher(&mut self) {
        let now_ns = self.clock.now_ns();
        self.lruvec().flusher.get_or_insert_with(|| Flusher::woken(now_ns));
        let (enough, until) = (self.lruvec().flushed + SWAP_CLUSTER_MAX, now_ns + THROTTLE_NS);
        while self.lruvec().flushed <= enough && self.clock.now_ns() < until {
            let next = self.lruvec().next_flush_ns().unwrap_or(until);
            self.clock.advance_to(next.min(until));
            self.end_writes();
        }
    }

    /// Lets the flusher do what it has come to.
    pub(crate) fn run_flusher(&mut self) {
        let now_ns = self.clock.now_ns();
        while let Some(mut flusher) = self.phys.lruvec.as_mut().and_then(|lruvec| lruvec.take_flusher(now_ns))
        {
            let folios = self.next_dirty_run(&mut flusher);
            if folios.is_empty() {
                return;
            }
            let ends_ns = flusher.submit(self.pages_of(&folios));
            for head in folios {
                self.start_write(flusher.file, head);
                self.lruvec().flushing.push(ends_ns, head);
            }
            self.lruvec().flusher = Some(flusher);
        }
    }

    /// The next dirty folios side by side from where the flusher is; none if it is through.
    fn next_dirty_run(&self, flusher: &mut Flusher) -> Vec<Pfn> {
        let first = flusher.file;
        for (id, inode) in self.files.inodes().filter(|(id, _)| *id >= first) {
            if id != flusher.file {
                (flusher.file, flusher.index) = (id, 0);
            }
            if inode.backing == Backing::Ext4 {
                let run = self.dirty_run(id, flusher);
                if !run.is_empty() {
                    return run;
                }
            }
        }
        Vec::new()
    }

    fn dirty_run(&self, id: InodeId, flusher: &mut Flusher) -> Vec<Pfn> {
        let inode = self.files.inode(id);
        let (mut run, mut pages) = (Vec::new(), 0);
        for head in inode.dirty.range(flusher.index..).filter_map(|(index, _)| inode.pages.get(index)) {
            let frame = self.phys.frame(*head);
            let apart = !run.is_empty() && frame.index() != flusher.index;
            if apart || pages >= WRITE_PAGES {
                break;
            }
            if !frame.has(FrameFlags::WRITEBACK) {
                pages += 1 << frame.order();
                flusher.index = frame.index() + (1 << frame.order());
                run.push(*head);
            }
        }
        run
    }

    /// Waits until the flusher has written all that it has begun to.
    pub(crate) fn wait_for_flusher(&mut self) {
        while let Some(next) = self.phys.lruvec.as_ref().and_then(|lruvec| lruvec.next_flush_ns()) {
            self.clock.advance_to(next);
            self.end_writes();
        }
    }

    /// The folio is clean as far as its mappings know, and being written. (What is written is what is in it now.)
    fn start_write(&mut self, id: InodeId, head: Pfn) {
        let reclaim = self.phys.frame(head).flags() & FrameFlags::RECLAIM;
        self.write_folio_out(id, head);
        self.phys.frame_mut(head).insert(FrameFlags::WRITEBACK | reclaim);
    }
}

impl Lruvec {
    /// When the flusher does something next, or a write of its ends.
    fn next_flush_ns(&self) -> Option<u64> {
        let submits = self.flusher.as_ref().map(|flusher| flusher.next_ns);
        [submits, self.flushing.next_end_ns()].into_iter().flatten().min()
    }

    /// Whether the flusher would have done something by `now_ns`.
    #[inline]
    pub(super) fn flusher_is_due(&self, now_ns: u64) -> bool {
        self.flusher.as_ref().is_some_and(|flusher| flusher.next_ns <= now_ns)
    }

    fn take_flusher(&mut self, now_ns: u64) -> Option<Flusher> {
        if self.flusher_is_due(now_ns) { self.flusher.take() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_writes_are_under_way_at_a_time() {
        let mut flusher = Flusher::woken(0);
        let one = WRITE_NS + PAGE_NS;
        let ends: Vec<u64> = (0..6).map(|_| flusher.submit(1)).collect();
        assert_eq!(ends, [1, 2, 3, 4, 5, 6].map(|i| WAKE_NS + i * one), "the disk does one after another");
        assert_eq!(flusher.next_ns, WAKE_NS + 3 * one, "the seventh begins when the third has ended");
    }
}
