//! An access and its segment, and what the kernel does about a segment fault.
//!
//! Where segments stand alone they decide: a fault that the stack's growth cures goes on, any other is the program's signal, without a
//! page fault. Two things no segment decides: what does not fit such a machine at all (too many segments, too little memory, which
//! [`Segments::refusal`] tells) runs on as its mappings say, and a base with a bound knows no rights, which the mappings stand in for.
//! Over paging the mappings decide, and faults are only counted.

use super::descriptor::{Descriptor, SegmentFault, SegmentType};
use super::space::Segment;
use super::{Segments, Space};
use crate::paging::FormatName;
use crate::phys::Phys;
use crate::{Access, AccessError, AccessErrorKind, Machine, MmId, VirtAddr};

/// The level that programs run at.
const USER: u8 = 3;

impl Segments {
    /// One access: which segment it goes through, and whether that is loaded and allows it.
    fn check(
        &mut self,
        phys: &mut Phys,
        context: u64,
        addr: u64,
        access: Access,
    ) -> Result<(), SegmentFault> {
        self.stats.checks += 1;
        let Some(space) = self.spaces.get_mut(&context) else { return Ok(()) };
        let outcome = if self.way == FormatName::BaseBounds {
            space.is_in_bounds(addr)
        } else {
            let at = space.segments.partition_point(|segment| segment.end <= addr);
            match space.segments.get(at).filter(|segment| segment.contains(addr)).copied() {
                None => Err(SegmentFault::Limit),
                Some(segment) => match &space.split {
                    Some(split) => split.translate(&space.segments, at, addr, access).map(|_| ()),
                    None => self.translate(phys, context, (at, &segment), addr, access).map(|_| ()),
                },
            }
        };
        if let Err(fault) = outcome {
            *self.stats.faults.entry(fault).or_default() += 1;
        }
        outcome
    }

    /// The linear address of an access to segment `at` of a process through its descriptor, loaded if it is in no register.
    fn translate(
        &mut self,
        phys: &mut Phys,
        context: u64,
        (at, segment): (usize, &Segment),
        addr: u64,
        access: Access,
    ) -> Result<u32, SegmentFault> {
        let space = self.spaces.get_mut(&context).ok_or(SegmentFault::Limit)?;
        let table = space.table.local(phys).ok_or(SegmentFault::NotPresent)?;
        self.stats.table_loads += u64::from(self.global.use_local(phys, context, table));
        let before = space.segments[..at].iter().map(|s| s.descriptors().count()).sum::<usize>();
        let selector = super::Selector::local(before + segment.which(access));
        let global = &self.global;
        let load = |register| global.load(phys, register, selector, USER);
        let (descriptor, loaded) = space.registers.select(segment, access, load)?;
        self.stats.loads += u64::from(loaded);
        linear(segment, descriptor, addr, access)
    }

    /// Whether an access ends at its segment: whether the process could run on such a machine, and this does not wait for memory.
    fn decides(&self, context: u64, fault: SegmentFault) -> bool {
        let fits = self.spaces.get(&context).is_some_and(Space::fits);
        !self.way.is_paged() && fits && fault != SegmentFault::NotPresent
    }
}

/// The linear address of an access through the segment's descriptor as it was loaded.
pub(super) fn linear(
    segment: &Segment,
    descriptor: Descriptor,
    addr: u64,
    access: Access,
) -> Result<u32, SegmentFault> {
    let offset = match descriptor.kind {
        SegmentType::ExpandDown => addr as u32,
        _ => (addr - segment.start) as u32,
    };
    descriptor.translate(offset, access, USER)
}

impl Machine {
    /// The segment's part of an access. The next one to another page comes here, too.
    ///
    /// # Errors
    /// Where the access ends in a signal.
    pub(crate) fn check_segment(&mut self, addr: VirtAddr, access: Access) -> Result<(), AccessError> {
        let Some(mm) = self.current else { return Ok(()) };
        self.phys.host.windows.close_all();
        let Some((context, fault)) = self.meet_segment(mm, addr, access) else { return Ok(()) };
        if !self.segments().is_some_and(|segments| segments.decides(context, fault)) {
            return Ok(());
        }
        self.segment_fault(mm, addr, access, fault)
    }

    /// The fault that an access meets at its segment, if it does.
    fn meet_segment(&mut self, mm: MmId, addr: VirtAddr, access: Access) -> Option<(u64, SegmentFault)> {
        let (segments, space) = (self.segments.as_mut()?, self.mms[mm.index()].as_ref()?);
        segments.sync(&mut self.phys, space);
        let context = space.tables.context;
        segments.check(&mut self.phys, context, addr.get(), access).err().map(|fault| (context, fault))
    }

    /// Lets the stack grow if that is it; else the signal that the mappings say: nothing there, or no right to it.
    fn segment_fault(
        &mut self,
        mm: MmId,
        addr: VirtAddr,
        access: Access,
        fault: SegmentFault,
    ) -> Result<(), AccessError> {
        self.find_fault_vma(mm, addr)?;
        let grew = fault == SegmentFault::Limit && self.meet_segment(mm, addr, access).is_none();
        if grew { Ok(()) } else { Err(AccessError::new(AccessErrorKind::AccErr, addr)) }
    }
}
