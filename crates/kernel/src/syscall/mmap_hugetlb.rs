//! `mmap(2)` with MAP_HUGETLB (Linux: `hugetlb_file_setup`, `hugetlb_get_unmapped_area`): the machine has sizes of 2 MiB and 1 GiB
//! and no page in either pool, so that a mapping fails when it reserves its pages, after all else was checked and done.
//!
//! Differs from Linux: with MAP_NORESERVE Linux maps, and the first access raises SIGBUS; here it is refused like the rest.

use super::mmap::{MapType, MmapRequest};
use super::region_errno;
use crate::{Errno, MapFlags, Task};
use memtwin_mmu::VmFlags;

/// Where `flags` holds the size's logarithm (`MAP_HUGE_SHIFT`, `MAP_HUGE_MASK`).
const MAP_HUGE: (u32, u64) = (26, 0x3f);

impl Task<'_> {
    /// Refuses in Linux's order; a MAP_FIXED has unmapped what was in the way.
    pub(super) fn mmap_hugetlb(&mut self, mut ask: MmapRequest) -> Result<u64, Errno> {
        let page = match (ask.flags.bits() >> MAP_HUGE.0) & MAP_HUGE.1 {
            0 | 21 => 1 << 21,
            30 => 1 << 30,
            _ => return Err(Errno::EINVAL),
        };
        let fixed = ask.flags.intersects(MapFlags::FIXED | MapFlags::FIXED_NOREPLACE);
        ask.len = ask.len.checked_next_multiple_of(page).unwrap_or(0);
        if ask.len > self.kernel.machine.task_size() {
            return Err(Errno::ENOMEM);
        }
        if ask.len == 0 || (fixed && ask.addr & (page - 1) != 0) {
            return Err(Errno::EINVAL);
        }
        let addr = self.mmap_place(&mut ask)?;
        if MapType::of(ask.flags)? == MapType::Droppable || ask.vm_flags.contains(VmFlags::GROWSDOWN) {
            return Err(Errno::EINVAL);
        }
        if fixed {
            self.kernel.machine.munmap_range(self.mm, addr, ask.len).map_err(region_errno)?;
        }
        if (ask.pgoff << self.kernel.machine.page_shift()) & (page - 1) != 0 {
            return Err(Errno::EINVAL);
        }
        Err(Errno::ENOMEM)
    }
}
