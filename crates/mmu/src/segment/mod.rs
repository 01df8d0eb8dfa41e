//! Segmentation: what stands before paging, or in its place.
//!
//! Four ways: x86's descriptors with paging beneath (segment -> linear -> physical), the same alone with variable segments in physical
//! memory, one base and bounds, and the PDP-11's separate instruction and data spaces. The addresses of a program are those of its
//! mappings, and say by themselves which segment is meant; a compiler for such a machine would keep them in far pointers. A
//! descriptor is loaded from the process's table in emulated memory (an LDT, named by the GDT) when an access changes to a segment that is
//! in no segment register (CS, SS, and DS, ES, FS, GS by turns). The PDP-11 has all its pages in registers, base and bounds are two of them.
//!
//! A segment fault is apart from page faults: where there is no paging it is what ends an access, or makes the stack grow (`fault.rs`).
//! Where there is no paging, the twin's page tables are its own bookkeeping and cost nothing: memory is given to a segment
//! when it is made or grows, a fork copies all, and what is too large for memory is counted as refused. Left out: swapping of
//! segments, sharing of text, overlays.

pub mod descriptor;
mod fault;
mod global;
pub mod memory;
pub mod pdp11;
mod placing;
mod registers;
pub mod selector;
mod space;
mod split;
pub mod system;
mod table;

pub use descriptor::{Descriptor, SegmentFault, SegmentType};
pub use memory::{Fit, VariableMemory};
pub use placing::PlacingStats;
pub use selector::Selector;
pub use space::{Part, Segment};
pub use system::LocalTable;
pub use table::MAX_DESCRIPTORS;

use crate::mm::Mm;
use crate::paging::FormatName;
use crate::phys::Phys;
use crate::{Machine, Pfn};
use global::GlobalTable;
use placing::Placing;
use registers::Registers;
use serde::{Deserialize, Serialize};
use split::Split;
use std::collections::BTreeMap;
use table::DescriptorTable;

/// What segmentation counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentStats {
    /// Accesses that were checked: those to another page than the last.
    pub checks: u64,
    /// Descriptors loaded into segment registers, 8 bytes each.
    pub loads: u64,
    /// Local tables loaded into LDTR, by 8 bytes of the global one.
    pub table_loads: u64,
    /// Accesses that no segment allowed, by why.
    pub faults: BTreeMap<SegmentFault, u64>,
}

/// The segments of one address space.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Space {
    /// How often its mappings had changed when the segments were made.
    changes: u64,
    segments: Vec<Segment>,
    registers: Registers,
    /// Of x86's ways.
    table: DescriptorTable,
    /// Of the PDP-11.
    split: Option<Split>,
    /// Of base and bound: the parts of the one segment, and where in it each begins.
    parts: Vec<(Segment, u64)>,
}

impl Space {
    /// Whether an address has an offset within the bound.
    fn is_in_bounds(&self, addr: u64) -> Result<(), SegmentFault> {
        let at = self.parts.partition_point(|(part, _)| part.end <= addr);
        let part = self.parts.get(at).filter(|(part, _)| part.contains(addr));
        let offset = part.map(|(part, offset)| offset + (addr - part.start)).ok_or(SegmentFault::Limit)?;
        let bound = self.segments.first().map_or(0, Segment::len);
        if offset < bound { Ok(()) } else { Err(SegmentFault::Limit) }
    }

    /// Whether all that is wanted could be had: descriptors, registers, memory.
    fn fits(&self) -> bool {
        let segments = || self.segments.iter().filter(|segment| !segment.is_empty());
        let descriptors: usize = segments().map(|s| s.descriptors().count()).sum();
        let placed = segments().all(|segment| segment.place.is_some());
        let described = self.split.is_some() || !self.parts.is_empty() || descriptors <= self.table.len();
        placed && described && self.split.as_ref().is_none_or(|split| split.refusal().is_none())
    }

    /// Writes the table anew; what was loaded from it and changed will be loaded again.
    fn write_table(&mut self, phys: &mut Phys) {
        let descriptors: Vec<Descriptor> = self.segments.iter().flat_map(Segment::descriptors).collect();
        self.table.write(phys, &descriptors);
        let segments = &self.segments;
        let find = |start: u64| {
            let at = segments.binary_search_by_key(&start, |segment| segment.start).ok()?;
            segments.get(at)
        };
        self.registers.refresh(|start, access| Some(find(start)?.descriptor(access)));
    }
}

/// The segments of a machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Segments {
    way: FormatName,
    /// By the address spaces' never repeated numbers.
    spaces: BTreeMap<u64, Space>,
    placing: Option<Placing>,
    /// Of x86's ways.
    global: GlobalTable,
    /// What was counted so far.
    pub stats: SegmentStats,
}

impl Segments {
    /// Those of a way to translate, if it has any, on a machine of `ram` bytes.
    pub(crate) fn of(way: FormatName, ram: u64, fit: Fit) -> Option<Box<Segments>> {
        let placing = match way {
            FormatName::SegmentsPaged => None,
            FormatName::Segments | FormatName::BaseBounds | FormatName::SplitSpaces => {
                Some(Placing::new(ram, fit))
            }
            _ => return None,
        };
        let (spaces, global, stats) = Default::default();
        Some(Box::new(Segments { way, spaces, placing, global, stats }))
    }

    /// Makes the segments of an address space what its mappings are now.
    fn sync(&mut self, phys: &mut Phys, mm: &Mm) {
        let context = mm.tables.context;
        let changes = mm.vmas.changes();
        if self.spaces.get(&context).is_some_and(|space| space.changes == changes) {
            return;
        }
        let mut wanted = match self.way {
            FormatName::SegmentsPaged => space::large(mm),
            FormatName::BaseBounds => space::whole(mm),
            _ => space::small(mm),
        };
        let old = self.spaces.remove(&context);
        let compactions = self.compactions();
        if let Some(placing) = &mut self.placing {
            let forked = old.is_none() && !self.spaces.is_empty();
            let had = old.as_ref().map(|space| space.segments.as_slice()).unwrap_or_default();
            let mut others: Vec<&mut Segment> =
                self.spaces.values_mut().flat_map(|s| &mut s.segments).collect();
            placing.place(had, &mut wanted, &mut others, forked);
        }
        let split = (self.way == FormatName::SplitSpaces).then(|| Split::of(&wanted));
        let (registers, table) = old.map(|space| (space.registers, space.table)).unwrap_or_default();
        let parts = if self.way == FormatName::BaseBounds { space::side_by_side(mm) } else { Vec::new() };
        self.spaces.insert(context, Space { changes, segments: wanted, registers, table, split, parts });
        if self.has_descriptors() {
            self.global.set_up(phys);
            // A compaction moves everybody's segments.
            let everybody = compactions != self.compactions();
            let spaces = self.spaces.iter_mut().filter(|(of, _)| everybody || **of == context);
            spaces.for_each(|(_, space)| space.write_table(phys));
        }
    }

    fn compactions(&self) -> u64 {
        self.placing.as_ref().map_or(0, |placing| placing.stats.compactions)
    }

    /// Whether segments have descriptors in memory.
    fn has_descriptors(&self) -> bool {
        matches!(self.way, FormatName::Segments | FormatName::SegmentsPaged)
    }

    /// Forgets the address spaces that are gone.
    fn forget(&mut self, phys: &mut Phys, alive: impl Fn(u64) -> bool) {
        let gone: Vec<u64> = self.spaces.keys().copied().filter(|context| !alive(*context)).collect();
        for context in gone {
            let Some(mut space) = self.spaces.remove(&context) else { continue };
            space.table.free(phys);
            if let Some(placing) = &mut self.placing {
                placing.release(&space.segments);
            }
        }
    }

    /// Segments of all address spaces.
    pub fn count(&self) -> usize {
        self.spaces.values().map(|space| space.segments.len()).sum()
    }

    /// Bytes of descriptors in memory; of registers that a process has instead, where it has.
    pub fn table_bytes(&self) -> u64 {
        const BASE_AND_BOUND_BYTES: u64 = 8;
        let of = |space: &Space| match &space.split {
            Some(_) => pdp11::REGISTER_BYTES,
            None if self.way == FormatName::BaseBounds => BASE_AND_BOUND_BYTES,
            None => space.table.bytes(),
        };
        let global = if self.spaces.is_empty() { 0 } else { self.global.bytes() };
        global + self.spaces.values().map(of).sum::<u64>()
    }

    /// The frames that descriptor tables stand in, the global one among them.
    pub(crate) fn frames(&self) -> Vec<Pfn> {
        self.spaces.values().flat_map(|space| space.table.frames()).chain(self.global.frame()).collect()
    }

    /// What segments in physical memory came to, and that memory; None where pages lie beneath.
    pub fn placing(&self) -> Option<(&PlacingStats, &VariableMemory)> {
        self.placing.as_ref().map(|placing| (&placing.stats, placing.memory()))
    }

    /// Why a real machine of this kind could not run what runs, if so.
    pub fn refusal(&self) -> Option<String> {
        let count = |space: &Space| space.segments.iter().map(|s| s.descriptors().count()).sum();
        let most: usize = self.spaces.values().map(count).max().unwrap_or(0);
        if self.has_descriptors() && most > MAX_DESCRIPTORS {
            return Some(format!("{most} descriptors of a process; a table holds {MAX_DESCRIPTORS}"));
        }
        let splits = self.spaces.values().filter_map(|space| space.split.as_ref());
        if let Some(refusal) = splits.into_iter().find_map(Split::refusal) {
            return Some(refusal);
        }
        let stats = self.placing.as_ref().map(|placing| placing.stats).filter(|stats| stats.refused > 0)?;
        Some(format!(
            "{} segments of {} bytes in all found no room in memory",
            stats.refused, stats.refused_bytes
        ))
    }
}

impl Machine {
    /// The segments, if the machine has any.
    pub fn segments(&self) -> Option<&Segments> {
        self.segments.as_deref()
    }

    /// Makes the segments of all address spaces what their mappings are now. To be called between system calls.
    #[inline]
    pub fn sync_segments(&mut self) {
        if self.segments.is_some() {
            self.sync_all();
        }
    }

    #[cold]
    fn sync_all(&mut self) {
        let Some(segments) = &mut self.segments else { return };
        let (mms, phys) = (&self.mms, &mut self.phys);
        segments.forget(phys, |context| mms.iter().flatten().any(|mm| mm.tables.context == context));
        mms.iter().flatten().for_each(|mm| segments.sync(phys, mm));
    }
}

#[cfg(test)]
mod tests;
