//! Segments in physical memory: where each is, and what growing, moving and compacting cost.

use super::memory::{Fit, VariableMemory};
use super::space::Segment;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What segments in physical memory came to so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlacingStats {
    /// Bytes given to new segments and to what others grew by; they are zeroed.
    pub new_bytes: u64,
    /// Segments that had to be copied elsewhere to grow.
    pub moves: u64,
    /// Bytes copied by that.
    pub moved_bytes: u64,
    /// Compactions of the whole memory.
    pub compactions: u64,
    /// Bytes copied by these.
    pub compacted_bytes: u64,
    /// Bytes copied for forks, which share nothing.
    pub forked_bytes: u64,
    /// Segments that memory was too small for; a machine would swap others out whole.
    pub refused: u64,
    /// Bytes of these.
    pub refused_bytes: u64,
    /// The most that was lost to external fragmentation, 0 to 1.
    pub worst_fragmentation: f64,
}

/// Physical memory with the segments in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Placing {
    memory: VariableMemory,
    pub(super) stats: PlacingStats,
}

impl Placing {
    pub(super) fn new(total: u64, fit: Fit) -> Placing {
        Placing { memory: VariableMemory::new(total, fit), stats: PlacingStats::default() }
    }

    pub(super) fn memory(&self) -> &VariableMemory {
        &self.memory
    }

    /// Gives `wanted` the places of a process whose segments were `old`: what is left keeps its place, what grows does so in place
    /// if it can, and is copied else. `others` are all segments of other processes, which a compaction moves.
    pub(super) fn place(
        &mut self,
        old: &[Segment],
        wanted: &mut [Segment],
        others: &mut [&mut Segment],
        copied: bool,
    ) {
        let mut left = Left::of(old);
        for segment in wanted.iter_mut() {
            segment.place = left.take(segment);
            let kept = left.grown.get(&segment.start).copied().unwrap_or(segment.len());
            self.note_moved(old, segment, if segment.place.is_some() { kept } else { 0 });
        }
        for piece in left.unused() {
            self.memory.free(piece.0, piece.1);
        }
        for at in 0..wanted.len() {
            if wanted[at].place.is_none() || left.grown.contains_key(&wanted[at].start) {
                self.find_place(at, wanted, others, &left, copied);
            }
        }
        self.stats.worst_fragmentation =
            self.stats.worst_fragmentation.max(self.memory.external_fragmentation());
    }

    /// What a segment had elsewhere than where it begins is copied: a stack that grew, neighbours that became one.
    fn note_moved(&mut self, old: &[Segment], segment: &Segment, kept: u64) {
        let shared = |o: &Segment| o.end.min(segment.end).saturating_sub(o.start.max(segment.start));
        let had: u64 = old.iter().filter(|o| o.place.is_some()).map(shared).sum();
        let bytes = had.saturating_sub(kept);
        self.stats.moves += u64::from(bytes > 0);
        self.stats.moved_bytes += bytes;
    }

    fn find_place(
        &mut self,
        at: usize,
        wanted: &mut [Segment],
        others: &mut [&mut Segment],
        left: &Left,
        copied: bool,
    ) {
        let segment = wanted[at];
        let had = left.grown.get(&segment.start).copied().unwrap_or(0);
        if let Some(place) = segment.place
            && self.memory.extend(place + had, place + segment.len())
        {
            self.stats.new_bytes += segment.len() - had;
            return;
        }
        if let Some(place) = segment.place {
            self.memory.free(place, had);
            wanted[at].place = None;
            self.stats.moves += 1;
            self.stats.moved_bytes += had;
        }
        let place = self.memory.allocate(segment.len());
        wanted[at].place = place.or_else(|| self.compact_for(segment.len(), wanted, others, left));
        match wanted[at].place {
            Some(_) if copied => self.stats.forked_bytes += segment.len(),
            Some(_) => self.stats.new_bytes += segment.len() - had,
            None => {
                self.stats.refused += 1;
                self.stats.refused_bytes += segment.len();
            }
        }
    }

    /// Compacts memory if that makes a hole of `len` bytes, and gives it.
    fn compact_for(
        &mut self,
        len: u64,
        wanted: &mut [Segment],
        others: &mut [&mut Segment],
        left: &Left,
    ) -> Option<u64> {
        if self.memory.free_bytes() < len {
            return None;
        }
        let size = |segment: &Segment| left.grown.get(&segment.start).copied().unwrap_or(segment.len());
        let mine = wanted.iter().filter_map(|s| Some((s.place?, size(s))));
        let theirs = others.iter().filter_map(|s| Some((s.place?, s.len())));
        let used: BTreeMap<u64, u64> = mine.chain(theirs).collect();
        let moves: BTreeMap<u64, u64> =
            self.memory.compact(&used).into_iter().map(|m| (m.from, m.to)).collect();
        self.stats.compactions += 1;
        self.stats.compacted_bytes += moves.keys().filter_map(|from| used.get(from)).sum::<u64>();
        let all = wanted.iter_mut().chain(others.iter_mut().map(|segment| &mut **segment));
        for segment in all {
            segment.place = segment.place.map(|place| moves.get(&place).copied().unwrap_or(place));
        }
        self.memory.allocate(len)
    }

    /// Gives the places of a process that ended back.
    pub(super) fn release(&mut self, segments: &[Segment]) {
        for segment in segments {
            if let Some(place) = segment.place {
                self.memory.free(place, segment.len());
            }
        }
    }
}

/// What a process's segments leave to those that come after a change of its mappings.
struct Left {
    /// Old pieces by first address: place and length. What is taken is cut out.
    pieces: BTreeMap<u64, (u64, u64)>,
    /// Of new segments that begin as old ones and are longer: the old length.
    grown: BTreeMap<u64, u64>,
}

impl Left {
    fn of(old: &[Segment]) -> Left {
        let pieces = old.iter().filter_map(|segment| Some((segment.start, (segment.place?, segment.len()))));
        Left { pieces: pieces.collect(), grown: BTreeMap::new() }
    }

    /// The place of `segment`, if an old one holds its first byte: it gets what is there of it.
    fn take(&mut self, segment: &Segment) -> Option<u64> {
        let (&start, &(place, len)) = self.pieces.range(..=segment.start).next_back()?;
        let before = segment.start - start;
        if before >= len {
            return None;
        }
        let had = (len - before).min(segment.len());
        self.pieces.remove(&start);
        if before > 0 {
            self.pieces.insert(start, (place, before));
        }
        if before + had < len {
            self.pieces.insert(segment.start + had, (place + before + had, len - before - had));
        }
        if had < segment.len() {
            self.grown.insert(segment.start, had);
        }
        Some(place + before)
    }

    fn unused(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.pieces.values().copied()
    }
}
