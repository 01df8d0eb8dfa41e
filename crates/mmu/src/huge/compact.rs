//! Direct compaction: who wants a huge page makes a free block for it by moving what is in the way (Linux: `mm/compaction.c`,
//! `try_to_compact_pages`; `mm/migrate.c`).
//!
//! The lowest block of a zone in which all that is in use can be moved is emptied into the zone's highest free frames. Small pages of
//! processes and files can be moved unless they are being written. A zone in which it failed while the program waited is passed over some
//! times (`defer_compaction`). Left out: large folios, kcompactd, and the time it takes.
//!
//! Differs from Linux: frames are not given out by mobility, so that a page table, which stays where it is, is in the way more often; the
//! scanners begin anew each time, and nothing is moved in vain.

use crate::paging::Pte;
use crate::phys::{Frame, FrameFlags, ZoneKind};
use crate::{FlushOwed, InodeId, Machine, Pfn};
use std::collections::BTreeSet;
use std::ops::Range;

/// Below this fragmentation index a block is missing for want of memory (`vm.extfrag_threshold`).
const EXTFRAG_THRESHOLD: i64 = 500;

/// What keeps a page where it is.
const STAYS: FrameFlags = FrameFlags::HEAD
    .union(FrameFlags::TAIL)
    .union(FrameFlags::HUGE)
    .union(FrameFlags::TABLE)
    .union(FrameFlags::RESERVED)
    .union(FrameFlags::WRITEBACK);

/// How a compaction ended (Linux: `enum compact_result`, in its order).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Compacted {
    /// No zone has the free frames that it takes (COMPACT_SKIPPED).
    Skipped,
    /// It was put off, since it failed before (COMPACT_DEFERRED).
    Deferred,
    /// In no block all could be moved (COMPACT_COMPLETE).
    Complete,
    /// There is a block (COMPACT_SUCCESS).
    Success,
}

/// How hard it tries (Linux: `enum compact_priority`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effort {
    /// COMPACT_PRIO_ASYNC: its failure means nothing for later ones.
    Async,
    /// COMPACT_PRIO_SYNC_LIGHT.
    SyncLight,
}

/// What is to be moved where.
struct Plan {
    from: Vec<Pfn>,
    to: BTreeSet<u32>,
}

impl Machine {
    /// Makes a free block of 2^`order` frames while the program waits, in the first zone where that can be.
    pub(super) fn compact_directly(&mut self, order: u32, effort: Effort) -> Compacted {
        let mut result = Compacted::Skipped;
        let kinds: Vec<ZoneKind> = self.phys.zones.iter().map(|zone| zone.kind).collect();
        for kind in kinds {
            result = result.max(self.compact_zone(kind, order, effort));
            if result == Compacted::Success {
                break;
            }
        }
        self.phys.vmstat.compact_stall += u64::from(result > Compacted::Skipped);
        result
    }

    fn compact_zone(&mut self, kind: ZoneKind, order: u32, effort: Effort) -> Compacted {
        if self.phys.zones.kind(kind).compaction.is_deferred(order) {
            return Compacted::Deferred;
        }
        if !self.is_fragmented(kind, order) {
            return Compacted::Skipped;
        }
        self.mlock_drain();
        self.phys.activate_waiting();
        self.phys.lru_add_drain();
        let frames = self.phys.zones.kind(kind).frames();
        let Some(Plan { from, to }) = self.plan_compaction(frames, order) else {
            if effort != Effort::Async {
                self.phys.zones.kind(kind).compaction.defer(order);
            }
            return Compacted::Complete;
        };
        self.phys.take_these(&to);
        self.phys.vmstat.compact_isolated += 2 * from.len() as u64;
        for (from, to) in from.into_iter().zip(to.into_iter().rev()) {
            self.migrate(from, Pfn(to));
        }
        self.phys.zones.kind(kind).compaction.succeeded(order);
        Compacted::Success
    }

    /// Whether the zone has the free frames that compaction takes, but in pieces (Linux: `compaction_suitable`).
    fn is_fragmented(&mut self, kind: ZoneKind, order: u32) -> bool {
        let marks = self.phys.zones.kind(kind).watermarks();
        if !self.phys.zones.kind(kind).suits_compaction(marks.low, order) {
            return false;
        }
        let area = self.free_areas().into_iter().find(|area| area.zone == kind.name());
        let index = area.map_or(0, |area| area.fragmentation_index(order));
        !(0..=EXTFRAG_THRESHOLD).contains(&index)
    }

    fn plan_compaction(&mut self, zone: Range<u32>, order: u32) -> Option<Plan> {
        let free = self.phys.free_ranges(0);
        for start in (zone.start.next_multiple_of(1 << order)..zone.end).step_by(1 << order) {
            let block = start..start + (1 << order);
            if block.end > zone.end.min(self.phys.described()) {
                break;
            }
            let Some(from) = self.movable(&block, &free) else { continue };
            let outside = free.iter().rev().flat_map(|range| range.clone().rev());
            let outside = outside.filter(|frame| zone.contains(frame) && !block.contains(frame));
            let to: BTreeSet<u32> = outside.take(from.len()).collect();
            self.phys.vmstat.compact_free_scanned += to.len() as u64;
            if to.len() == from.len() {
                return Some(Plan { from, to });
            }
        }
        None
    }

    /// The frames of a block that are in use, if all can be moved.
    fn movable(&mut self, block: &Range<u32>, free: &[Range<u32>]) -> Option<Vec<Pfn>> {
        let (mut used, mut at) = (Vec::new(), block.start);
        let mut ranges = free[free.partition_point(|range| range.end <= at)..].iter();
        while at < block.end {
            let (next, after) =
                ranges.next().map_or((block.end, block.end), |range| (range.start, range.end));
            for pfn in (at..next.min(block.end)).map(Pfn) {
                self.phys.vmstat.compact_migrate_scanned += 1;
                if !self.can_move(pfn) {
                    return None;
                }
                used.push(pfn);
            }
            at = after;
        }
        Some(used)
    }

    fn can_move(&self, pfn: Pfn) -> bool {
        let flags = self.phys.frame(pfn).flags();
        flags.intersects(FrameFlags::ANON | FrameFlags::FILE) && !flags.intersects(STAYS)
    }

    /// Moves a small page to a free frame: its bytes, what is known of it, and the entries that map it (Linux: `migrate_folio_move`).
    fn migrate(&mut self, from: Pfn, to: Pfn) {
        let entries = self.folio_entries(from);
        self.phys.copy_frame(from, to);
        let moved = *self.phys.frame(from);
        *self.phys.frame_mut(to) = moved;
        for mapped in entries {
            self.set_entry(mapped.at, Pte::new(to, mapped.pte.flags()));
            self.flush(FlushOwed::page(mapped.mm, mapped.addr));
        }
        let frame = self.phys.frame_mut(from);
        let (flags, inode, index) = (frame.flags(), InodeId(frame.mapping), frame.index());
        *frame = Frame::default();
        if flags.contains(FrameFlags::SWAPCACHE) {
            self.swap.move_cached(from, to);
        } else if flags.contains(FrameFlags::FILE) {
            self.files.inode_mut(inode).pages.insert(index, to);
        }
        if let Some(more) = self.mlock_more.remove(&from) {
            self.mlock_more.insert(to, more);
        }
        self.phys.move_account(from, to);
        self.phys.free(from);
        self.phys.lru_add(to);
        self.phys.vmstat.pgmigrate_success += 1;
    }
}
