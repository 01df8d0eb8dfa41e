//! Where a new mapping can go (Linux: `vm_unmapped_area`, mm/vma.c).
//!
//! The search asks for room for the worst alignment beside the length, takes the first free range that has it and then
//! places the mapping inside; a range that comes too near a mapping that grows down is given up as a whole below its guard
//! gap. Left out: mappings that grow upwards, which x86-64 does not have.

use super::tree::Gap;
use super::{VmFlags, Vma, VmaTree};

/// Pages kept free below a mapping that grows down (Linux: `stack_guard_gap`).
pub const STACK_GUARD_GAP_PAGES: u64 = 256;

/// What is searched for; all in bytes (Linux: `struct vm_unmapped_area_info`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnmappedAreaInfo {
    /// The length wanted.
    pub len: u64,
    /// The lowest address allowed.
    pub low: u64,
    /// The end of what is allowed.
    pub high: u64,
    /// The address is to equal `align_offset` in these bits.
    pub align_mask: u64,
    /// See `align_mask`.
    pub align_offset: u64,
    /// The highest place instead of the lowest.
    pub topdown: bool,
    /// Room to leave below the mapping.
    pub start_gap: u64,
}

impl Vma {
    /// Where the range begins that this mapping keeps others out of (Linux: `vm_start_gap`).
    #[inline]
    pub fn start_gap(&self) -> u64 {
        let guard = if self.flags.contains(VmFlags::GROWSDOWN) {
            STACK_GUARD_GAP_PAGES << self.page_shift
        } else {
            0
        };
        self.start.get().saturating_sub(guard)
    }
}

impl VmaTree {
    /// A free place as `info` wants it, or None.
    pub fn unmapped_area(&self, info: &UnmappedAreaInfo) -> Option<u64> {
        let room = info.len.checked_add(info.align_mask)?.checked_add(info.start_gap)?;
        if info.topdown { self.area_topdown(info, room) } else { self.area_bottomup(info, room) }
    }

    fn area_topdown(&self, info: &UnmappedAreaInfo, room: u64) -> Option<u64> {
        let mut high = info.high;
        loop {
            let gap = self.highest_gap(info.low, high, room)?;
            match self.guarded_above(gap) {
                Some(guarded) if guarded.start_gap() < gap.end => high = guarded.start_gap(),
                _ => {
                    let addr = gap.end - info.len;
                    return Some(addr - (addr.wrapping_sub(info.align_offset) & info.align_mask));
                }
            }
        }
    }

    fn area_bottomup(&self, info: &UnmappedAreaInfo, room: u64) -> Option<u64> {
        let mut low = info.low;
        loop {
            let gap = self.lowest_gap(low, info.high, room)?;
            let addr = gap.start + info.start_gap;
            let addr = addr + (info.align_offset.wrapping_sub(addr) & info.align_mask);
            match self.guarded_above(gap) {
                Some(guarded) if guarded.start_gap() < addr + room - 1 => low = guarded.end.get(),
                _ => return Some(addr),
            }
        }
    }

    /// The next mapping above a free range, if it grows down.
    fn guarded_above(&self, gap: Gap) -> Option<&Vma> {
        let above = self.get(gap.above?);
        above.flags.contains(VmFlags::GROWSDOWN).then_some(above)
    }
}
