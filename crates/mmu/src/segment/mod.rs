//! Segmentation: what stands before paging, or in its place.
//!
//! Four ways: x86's descriptors with paging beneath (segment -> linear -> physical), the same alone with variable segments in physical
//! memory, one base and bounds, and the PDP-11's separate instruction and data spaces. The addresses of a program are those of its
//! mappings, and say by themselves which segment is meant; a compiler for such a machine would keep them in far pointers. A
//! descriptor is loaded when an access changes to a segment that is in no segment register (CS, SS, and DS, ES, FS, GS by turns).
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

pub use descriptor::{Descriptor, SegmentFault, SegmentType};
pub use memory::{Fit, VariableMemory};
pub use placing::PlacingStats;
pub use space::{Part, Segment};

use crate::mm::Mm;
use crate::paging::FormatName;
use crate::{Access, Machine, VirtAddr};
use placing::Placing;
use registers::Registers;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

/// The most descriptors that a table holds, the null one aside (SDM volume 3, section 3.5.1).
pub const MAX_DESCRIPTORS: usize = 8191;

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
    fn sync(&mut self, mm: &Mm) {
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
        if let Some(placing) = &mut self.placing {
            let forked = old.is_none() && !self.spaces.is_empty();
            let had = old.as_ref().map(|space| space.segments.as_slice()).unwrap_or_default();
            let mut others: Vec<&mut Segment> =
                self.spaces.values_mut().flat_map(|s| &mut s.segments).collect();
            placing.place(had, &mut wanted, &mut others, forked);
        }
        let registers = old.map(|space| space.registers).unwrap_or_default();
        self.spaces.insert(context, Space { changes, segments: wanted, registers });
    }

    /// Forgets the address spaces that are gone.
    fn forget(&mut self, alive: impl Fn(u64) -> bool) {
        let gone: Vec<u64> = self.spaces.keys().copied().filter(|context| !alive(*context)).collect();
        for context in gone {
            if let (Some(space), Some(placing)) = (self.spaces.remove(&context), &mut self.placing) {
                placing.release(&space.segments);
            }
        }
    }

    /// One access: which segment it goes through, and whether that is loaded and allows it.
    fn check(&mut self, context: u64, addr: u64, access: Access) {
        self.stats.checks += 1;
        let Some(space) = self.spaces.get_mut(&context) else { return };
        if self.way == FormatName::BaseBounds {
            return;
        }
        let at = space.segments.partition_point(|segment| segment.end <= addr);
        let fault = match space.segments.get(at).filter(|segment| segment.contains(addr)) {
            None => Some(SegmentFault::Limit),
            Some(segment) => {
                let loads = self.way != FormatName::SplitSpaces && space.registers.load(segment, access);
                self.stats.loads += u64::from(loads);
                allows(segment, addr, access).err()
            }
        };
        if let Some(fault) = fault {
            *self.stats.faults.entry(fault).or_default() += 1;
        }
    }

    /// Segments of all address spaces.
    pub fn count(&self) -> usize {
        self.spaces.values().map(|space| space.segments.len()).sum()
    }

    /// Bytes of descriptors, or of base and bounds.
    pub fn table_bytes(&self) -> u64 {
        8 * self.count() as u64
    }

    /// What segments in physical memory came to, and that memory; None where pages lie beneath.
    pub fn placing(&self) -> Option<(&PlacingStats, &VariableMemory)> {
        self.placing.as_ref().map(|placing| (&placing.stats, placing.memory()))
    }

    /// Why a real machine of this kind could not run what runs, if so.
    pub fn refusal(&self) -> Option<String> {
        let most = self.spaces.values().map(|space| space.segments.len()).max().unwrap_or(0);
        if most > MAX_DESCRIPTORS {
            return Some(format!("{most} segments of a process; a descriptor table holds {MAX_DESCRIPTORS}"));
        }
        if self.way == FormatName::SplitSpaces
            && let Some(refusal) = self.spaces.values().find_map(|space| split_refusal(&space.segments))
        {
            return Some(refusal);
        }
        let stats = self.placing.as_ref().map(|placing| placing.stats).filter(|stats| stats.refused > 0)?;
        Some(format!(
            "{} segments of {} bytes in all found no room in memory",
            stats.refused, stats.refused_bytes
        ))
    }
}

/// Whether the segment's descriptor lets the access through.
fn allows(segment: &Segment, addr: u64, access: Access) -> Result<(), SegmentFault> {
    let descriptor = segment.descriptor(access);
    let offset = match descriptor.kind {
        SegmentType::ExpandDown => addr as u32,
        _ => (addr - segment.start) as u32,
    };
    descriptor.translate(offset, access, 3).map(|_| ())
}

/// Why a process does not fit in two spaces of 64 KiB of eight pages each, if it does not.
fn split_refusal(segments: &[Segment]) -> Option<String> {
    let pages = |data: bool| -> u64 {
        let meant = segments.iter().filter(|segment| if data { segment.write } else { segment.execute });
        meant.map(|segment| segment.len().div_ceil(pdp11::PAGE_BYTES)).sum()
    };
    let spaces = [("instruction", pages(false)), ("data", pages(true))];
    let (name, pages) = spaces.into_iter().find(|(_, pages)| *pages > 8)?;
    Some(format!("{pages} pages of 8 KiB of {name} space; there are 8 (64 KiB)"))
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
        let mms = &self.mms;
        segments.forget(|context| mms.iter().flatten().any(|mm| mm.tables.context == context));
        mms.iter().flatten().for_each(|mm| segments.sync(mm));
    }

    /// The segment's part of an access. The next one to another page comes here, too.
    pub(crate) fn check_segment(&mut self, addr: VirtAddr, access: Access) {
        let Some(segments) = &mut self.segments else { return };
        let running = self.current.and_then(|mm| self.mms[mm.index()].as_ref());
        if let Some(mm) = running {
            segments.sync(mm);
            segments.check(mm.tables.context, addr.get(), access);
        }
        self.phys.host.windows.close_all();
    }
}

#[cfg(test)]
mod tests;
