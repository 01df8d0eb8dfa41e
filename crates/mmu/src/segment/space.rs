//! The segments of a process: what its mappings become.

use super::descriptor::{Descriptor, SegmentType};
use crate::Access;
use crate::mm::Mm;
use crate::vma::{VmFlags, Vma};
use serde::{Deserialize, Serialize};

/// Which part of a process a segment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// Code and constants of the image.
    Text,
    /// Data, bss and heap.
    Data,
    /// The area of mmap, or one mapping.
    Mapping,
    /// The stack.
    Stack,
}

/// A segment of a process. Its addresses are the program's; the offset in it is what is above its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Which part it is.
    pub part: Part,
    /// The first address.
    pub start: u64,
    /// One past the last.
    pub end: u64,
    /// Stores are allowed.
    pub write: bool,
    /// Fetches are allowed.
    pub execute: bool,
    /// Where it begins in physical memory, if it is in memory by itself.
    pub place: Option<u64>,
    /// Whether pages lie beneath it.
    pub over_pages: bool,
}

impl Segment {
    /// Its length in bytes.
    pub fn len(&self) -> u64 {
        self.end - self.start
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.end <= self.start
    }

    /// Whether an address is in it.
    pub fn contains(&self, addr: u64) -> bool {
        self.start <= addr && addr < self.end
    }

    /// Its descriptors as they stand in a table: code and data are told apart by type, so what is both has two, data first.
    pub fn descriptors(&self) -> impl Iterator<Item = Descriptor> {
        let data = (self.write || !self.execute).then(|| self.descriptor(Access::Read));
        let code = self.execute.then(|| self.descriptor(Access::Fetch));
        data.into_iter().chain(code)
    }

    /// Which of its descriptors an access of a kind goes by.
    pub(super) fn which(&self, access: Access) -> usize {
        usize::from(access == Access::Fetch && self.execute && self.write)
    }

    /// Its descriptor for accesses of a kind. Linear addresses are the program's in a process whose segments lie over pages, else those of
    /// physical memory; what found no room there is not present.
    pub fn descriptor(&self, access: Access) -> Descriptor {
        let code = access == Access::Fetch || !self.write && self.execute;
        let kind = match (code, self.write, self.part) {
            (true, ..) if self.execute => SegmentType::Code,
            (_, true, Part::Stack) => SegmentType::ExpandDown,
            (_, true, _) => SegmentType::ReadWrite,
            _ => SegmentType::ReadOnly,
        };
        let linear = self.place.unwrap_or(self.start) as u32;
        // What grows down has its base a whole address space below its end, so that offsets are those of the addresses.
        let (base, limit) = match kind {
            SegmentType::ExpandDown => (linear.wrapping_sub(self.start as u32), self.start as u32 - 1),
            _ => (linear, (self.len() - 1) as u32),
        };
        Descriptor { base, limit, kind, dpl: 3, present: self.place.is_some() || self.over_pages }
    }
}

/// The few large segments of a process over pages: text, data with the heap, the mapping area, the stack.
pub(super) fn large(mm: &Mm) -> Vec<Segment> {
    let stack =
        mm.vmas.iter().map(|(_, vma)| *vma).filter(|vma| vma.flags.contains(VmFlags::GROWSDOWN)).last();
    let mut segments = Vec::<Segment>::new();
    for (_, vma) in mm.vmas.iter() {
        let part = match () {
            () if stack.is_some_and(|stack| stack.start == vma.start) => Part::Stack,
            () if vma.end.get() <= mm.start_brk && !vma.flags.contains(VmFlags::WRITE) => Part::Text,
            () if vma.start.get() < mm.brk.max(mm.start_brk + 1) => Part::Data,
            () => Part::Mapping,
        };
        match segments.last_mut().filter(|last| last.part == part) {
            Some(last) => {
                last.end = vma.end.get();
                last.execute |= vma.flags.contains(VmFlags::EXEC);
            }
            None => {
                segments.push(Segment { write: part != Part::Text, over_pages: true, ..of(vma, part) });
            }
        }
    }
    segments
}

/// One segment a mapping that may be used at all; neighbours with the same rights are one.
pub(super) fn small(mm: &Mm) -> Vec<Segment> {
    let mut segments = Vec::<Segment>::new();
    for (_, vma) in mm.vmas.iter().filter(|(_, vma)| vma.flags.intersects(VmFlags::ACCESS)) {
        let segment = of(vma, Part::Mapping);
        let same = |last: &&mut Segment| {
            last.end == segment.start && last.write == segment.write && last.execute == segment.execute
        };
        match segments.last_mut().filter(same) {
            Some(last) => last.end = segment.end,
            None => segments.push(segment),
        }
    }
    segments
}

/// The parts of the one segment that [`whole`] is, and where in it each begins.
pub(super) fn side_by_side(mm: &Mm) -> Vec<(Segment, u64)> {
    let mut offset = 0;
    let placed = |segment: Segment| {
        offset += segment.len();
        (segment, offset - segment.len())
    };
    small(mm).into_iter().map(placed).collect()
}

/// All of a process's memory as one segment, its parts side by side.
pub(super) fn whole(mm: &Mm) -> Vec<Segment> {
    let bytes = small(mm).iter().map(Segment::len).sum();
    let (write, execute) = (true, true);
    vec![Segment { part: Part::Data, start: 0, end: bytes, write, execute, place: None, over_pages: false }]
}

fn of(vma: &Vma, part: Part) -> Segment {
    Segment {
        part,
        start: vma.start.get(),
        end: vma.end.get(),
        write: vma.flags.contains(VmFlags::WRITE),
        execute: vma.flags.contains(VmFlags::EXEC),
        place: None,
        over_pages: false,
    }
}
