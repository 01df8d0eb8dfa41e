//! Segmentation: what stands before paging, or in its place.
//!
//! Four ways: x86's descriptors with paging beneath (segment -> linear -> physical), the same alone with variable segments in physical
//! memory, one base and bounds, and the PDP-11's separate instruction and data spaces. The addresses of a program are those of its
//! mappings, and say by themselves which segment is meant; a compiler for such a machine would keep them in far pointers. A
//! descriptor is loaded from the process's table in emulated memory when an access changes to a segment that is in no segment register
//! (CS, SS, and DS, ES, FS, GS by turns). The PDP-11 has all its pages in registers, base and bounds are two of them.
//!
//! A segment fault is counted apart from page faults; what comes of it (a stack that grows, or SIGSEGV) the mappings decide.
//! Where there is no paging, the twin's page tables are its own bookkeeping and cost nothing: memory is given to a segment
//! when it is made or grows, a fork copies all, and what is too large for memory is counted as refused. Left out: swapping of
//! segments, sharing of text, overlays.

pub mod descriptor;
pub mod memory;
pub mod pdp11;
mod placing;
mod registers;
mod space;
mod split;
mod table;

pub use descriptor::{Descriptor, SegmentFault, SegmentType};
pub use memory::{Fit, VariableMemory};
pub use placing::PlacingStats;
pub use space::{Part, Segment};
pub use table::{MAX_DESCRIPTORS, Selector};

use crate::mm::Mm;
use crate::paging::FormatName;
use crate::phys::Phys;
use crate::{Access, Machine, Pfn, VirtAddr};
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
}

impl Space {
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
        Some(Box::new(Segments { way, spaces: BTreeMap::new(), placing, stats: SegmentStats::default() }))
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
        self.spaces.insert(context, Space { changes, segments: wanted, registers, table, split });
        if self.has_descriptors() {
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

    /// One access: which segment it goes through, and whether that is loaded and allows it.
    fn check(&mut self, phys: &Phys, context: u64, addr: u64, access: Access) {
        self.stats.checks += 1;
        let Some(space) = self.spaces.get_mut(&context) else { return };
        if self.way == FormatName::BaseBounds {
            return;
        }
        let at = space.segments.partition_point(|segment| segment.end <= addr);
        let fault = match space.segments.get(at).filter(|segment| segment.contains(addr)) {
            None => Some(SegmentFault::Limit),
            Some(segment) => match &space.split {
                Some(split) => split.translate(&space.segments, at, addr, access).err(),
                None => {
                    let before = space.segments[..at].iter().map(|s| s.descriptors().count()).sum::<usize>();
                    let selector = Selector::local(before + segment.which(access));
                    let load = || space.table.load(phys, selector);
                    let (descriptor, loaded) = space.registers.select(segment, access, load);
                    self.stats.loads += u64::from(loaded);
                    translate(segment, descriptor, addr, access).err()
                }
            },
        };
        if let Some(fault) = fault {
            *self.stats.faults.entry(fault).or_default() += 1;
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
        self.spaces.values().map(of).sum()
    }

    /// The frames that descriptor tables stand in.
    pub(crate) fn frames(&self) -> Vec<Pfn> {
        self.spaces.values().flat_map(|space| space.table.frames()).collect()
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

/// The linear address of an access through the segment's descriptor as it was loaded.
fn translate(
    segment: &Segment,
    descriptor: Option<Descriptor>,
    addr: u64,
    access: Access,
) -> Result<u32, SegmentFault> {
    let descriptor = descriptor.ok_or(SegmentFault::NotPresent)?;
    let offset = match descriptor.kind {
        SegmentType::ExpandDown => addr as u32,
        _ => (addr - segment.start) as u32,
    };
    descriptor.translate(offset, access, 3)
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

    /// The segment's part of an access. The next one to another page comes here, too.
    pub(crate) fn check_segment(&mut self, addr: VirtAddr, access: Access) {
        let Some(segments) = &mut self.segments else { return };
        let running = self.current.and_then(|mm| self.mms[mm.index()].as_ref());
        if let Some(mm) = running {
            segments.sync(&mut self.phys, mm);
            segments.check(&self.phys, mm.tables.context, addr.get(), access);
        }
        self.phys.host.windows.close_all();
    }
}

#[cfg(test)]
mod tests;
