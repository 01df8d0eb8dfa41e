//! Segments in figures.

use memtwin_kernel::mmu::segment::{PlacingStats, Segments, VariableMemory};
use serde::Serialize;
use std::collections::BTreeMap;

/// Segments, and where there is no paging beneath, what they are in physical memory.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SegmentFigures {
    /// Segments of all processes now.
    pub segments: u64,
    /// Accesses that were checked: those to another page than the last.
    pub checks: u64,
    /// Descriptors loaded into segment registers.
    pub loads: u64,
    /// Local descriptor tables loaded: at switches, and when one had moved.
    pub table_loads: u64,
    /// Accesses that no segment allowed, by why.
    pub faults: BTreeMap<String, u64>,
    /// In physical memory, without paging.
    pub memory: Option<SegmentMemory>,
    /// Why a real machine of this kind could not run it.
    pub refusal: Option<String>,
}

/// Variable segments in physical memory.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SegmentMemory {
    /// Bytes given to new and grown segments.
    pub new_bytes: u64,
    /// Segments copied elsewhere to grow.
    pub moves: u64,
    /// Bytes copied by that.
    pub moved_bytes: u64,
    /// Bytes copied by forks.
    pub forked_bytes: u64,
    /// Compactions.
    pub compactions: u64,
    /// Bytes copied by them.
    pub compacted_bytes: u64,
    /// Holes now.
    pub holes: u64,
    /// The largest hole.
    pub largest_hole_bytes: u64,
    /// Free bytes.
    pub free_bytes: u64,
    /// The part of the free memory that is not in the largest hole, 0 to 1.
    pub external_fragmentation: f64,
    /// The most that this was.
    pub worst_fragmentation: f64,
}

impl SegmentFigures {
    pub(super) fn of(segments: &Segments) -> SegmentFigures {
        let faults = segments.stats.faults.iter().map(|(why, count)| (why.to_string(), *count));
        SegmentFigures {
            segments: segments.count() as u64,
            checks: segments.stats.checks,
            loads: segments.stats.loads,
            table_loads: segments.stats.table_loads,
            faults: faults.collect(),
            memory: segments.placing().map(|(stats, memory)| SegmentMemory::of(stats, memory)),
            refusal: segments.refusal(),
        }
    }

    pub(super) fn rows(&self) -> Vec<(String, String)> {
        let row = |name: &str, figure: u64| (name.to_owned(), figure.to_string());
        let mut rows = vec![
            row("segments", self.segments),
            row("accesses checked", self.checks),
            row("descriptors loaded", self.loads),
            row("local tables loaded", self.table_loads),
            row("segment faults", self.faults.values().sum()),
        ];
        rows.extend(self.faults.iter().map(|(why, count)| row(&format!("segment faults: {why}"), *count)));
        rows.extend(self.memory.iter().flat_map(SegmentMemory::rows));
        rows.extend(self.refusal.iter().map(|why| ("cannot run".to_owned(), why.clone())));
        rows
    }
}

impl SegmentMemory {
    fn of(stats: &PlacingStats, memory: &VariableMemory) -> SegmentMemory {
        SegmentMemory {
            new_bytes: stats.new_bytes,
            moves: stats.moves,
            moved_bytes: stats.moved_bytes,
            forked_bytes: stats.forked_bytes,
            compactions: stats.compactions,
            compacted_bytes: stats.compacted_bytes,
            holes: memory.holes() as u64,
            largest_hole_bytes: memory.largest_hole(),
            free_bytes: memory.free_bytes(),
            external_fragmentation: memory.external_fragmentation(),
            worst_fragmentation: stats.worst_fragmentation,
        }
    }

    fn rows(&self) -> Vec<(String, String)> {
        let row = |name: &str, figure: u64| (name.to_owned(), figure.to_string());
        let percent = |name: &str, part: f64| (name.to_owned(), format!("{:.1} %", 100.0 * part));
        vec![
            row("bytes given to segments", self.new_bytes),
            row("segments moved to grow", self.moves),
            row("bytes moved", self.moved_bytes),
            row("bytes copied by forks", self.forked_bytes),
            row("compactions", self.compactions),
            row("bytes compacted", self.compacted_bytes),
            row("holes", self.holes),
            row("largest hole", self.largest_hole_bytes),
            row("free bytes", self.free_bytes),
            percent("external fragmentation", self.external_fragmentation),
            percent("the most of it", self.worst_fragmentation),
        ]
    }
}
