//! Dirty pages of files that reclaim comes upon (Linux: `wakeup_flusher_threads`, `reclaim_throttle`, `wb_writeback`).
//!
//! Reclaim writes none itself: it marks them, makes them active and goes on. Only if it found nothing but such pages does the
//! flusher thread write all there are, in the order of their files, while reclaim waits until the first of them are clean; each
//! page that reclaim had marked goes to the tail of its list when its write ends. Left out: pages that are written because
//! they are old or too many ([`crate::file::dirty`]).

use super::Lruvec;
use super::scan::SWAP_CLUSTER_MAX;
use crate::file::Backing;
use crate::phys::FrameFlags;
use crate::{InodeId, Machine, Pfn};

/// From waking the flusher to its first write.
const WAKE_NS: u64 = 50_000;
/// What each write of neighbouring pages takes, and each page in it.
const WRITE_NS: u64 = 100_000;
const PAGE_NS: u64 = 1_500;
/// The longest that reclaim waits (`HZ / 10`).
const THROTTLE_NS: u64 = 100_000_000;

impl Machine {
    /// All that reclaim found are dirty pages that nobody writes: lets them be written and waits for a few.
    pub(super) fn wake_flusher(&mut self) {
        if self.lruvec().flushing.is_empty() {
            self.flush_files();
        }
        let now_ns = self.clock.now_ns();
        let some = self.lruvec().flush_end_ns(SWAP_CLUSTER_MAX as usize);
        self.clock.advance_to(some.unwrap_or(now_ns).min(now_ns + THROTTLE_NS));
        self.end_writes();
    }

    fn flush_files(&mut self) {
        let mut ends_ns = self.clock.now_ns() + WAKE_NS;
        let on_disk =
            |(id, inode): (InodeId, &crate::file::Inode)| (inode.backing == Backing::Ext4).then_some(id);
        let inodes: Vec<InodeId> = self.files.inodes().filter_map(on_disk).collect();
        for id in inodes {
            let mut next = None;
            for head in self.dirty_folios(id, 0, u64::MAX) {
                let (index, pages) = (self.phys.frame(head).index(), u64::from(self.folio_nr_pages(head)));
                ends_ns += pages * PAGE_NS + if next == Some(index) { 0 } else { WRITE_NS };
                next = Some(index + pages);
                self.start_write(id, head);
                self.lruvec().flushing.push(ends_ns, head);
            }
        }
    }

    /// Waits until the flusher has written all that it has begun to.
    pub(crate) fn wait_for_flusher(&mut self) {
        let last = self.phys.lruvec.as_mut().and_then(|lruvec| lruvec.flush_end_ns(usize::MAX));
        if let Some(ends_ns) = last {
            self.clock.advance_to(ends_ns);
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
    /// When the first `pages` pages of those that the flusher writes are clean.
    fn flush_end_ns(&self, pages: usize) -> Option<u64> {
        self.flushing.later_end_ns(pages)
    }
}
