//! `mmap(2)` with MAP_HUGETLB (Linux: `hugetlb_file_setup`, `hugetlbfs_file_mmap`, `hugetlb_get_unmapped_area`): pages of 2 MiB or
//! 1 GiB from the machine's pools, reserved when they are mapped unless MAP_NORESERVE says otherwise.

use super::mmap::{MapType, MmapRequest};
use super::region_errno;
use crate::{Errno, MapFlags, Task};
use memtwin_mmu::{NewMapping, Placement, VirtAddr, VmFlags};

/// Where `flags` holds the size's logarithm (`MAP_HUGE_SHIFT`, `MAP_HUGE_MASK`).
const MAP_HUGE: (u32, u64) = (26, 0x3f);
/// How maps show the file behind it.
const NAME: &str = "/anon_hugepage (deleted)";

impl Task<'_> {
    /// Maps pool pages. The reservation is made after all else was checked; a MAP_FIXED has then unmapped what was in the way.
    pub(super) fn mmap_hugetlb(&mut self, mut ask: MmapRequest) -> Result<u64, Errno> {
        let (level, page) = match (ask.flags.bits() >> MAP_HUGE.0) & MAP_HUGE.1 {
            0 | 21 => (1, 1 << 21),
            30 => (2, 1 << 30),
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
        let mut addr = self.mmap_place(&mut ask)?;
        let kind = MapType::of(ask.flags)?;
        if kind == MapType::Droppable || ask.vm_flags.contains(VmFlags::GROWSDOWN) {
            return Err(Errno::EINVAL);
        }
        if fixed {
            self.kernel.machine.munmap_range(self.mm, addr, ask.len).map_err(region_errno)?;
        } else if addr & (page - 1) != 0 {
            addr = self.place_pool_pages(&ask, page)?;
        }
        if (ask.pgoff << self.kernel.machine.page_shift()) & (page - 1) != 0 {
            return Err(Errno::EINVAL);
        }
        ask.vm_flags |= VmFlags::HUGETLB | VmFlags::DONTEXPAND;
        if ask.flags.contains(MapFlags::NORESERVE) {
            ask.vm_flags |= VmFlags::NORESERVE;
        }
        if level > 1 {
            ask.vm_flags |= VmFlags::HUGETLB_1G;
        }
        if kind != MapType::Private {
            ask.vm_flags |= VmFlags::SHARED | VmFlags::MAYSHARE;
        }
        self.map_pool_pages(&ask, addr, level, page)?;
        if ask.flags & (MapFlags::POPULATE | MapFlags::NONBLOCK) == MapFlags::POPULATE {
            self.kernel.machine.mm_populate(self.mm, addr, ask.len);
        }
        Ok(addr)
    }

    /// The highest aligned place in the highest gap that surely holds one.
    fn place_pool_pages(&self, ask: &MmapRequest, page: u64) -> Result<u64, Errno> {
        let slack = page - self.kernel.machine.page_size();
        let want = Placement { len: ask.len + slack, shared: true, ..Placement::default() };
        let start = self.kernel.machine.get_unmapped_area(self.mm, &want).map_err(region_errno)?;
        Ok((start + slack) & !(page - 1))
    }

    fn map_pool_pages(&mut self, ask: &MmapRequest, addr: u64, level: u32, page: u64) -> Result<(), Errno> {
        let owner = (!ask.vm_flags.contains(VmFlags::SHARED)).then_some(self.mm);
        let reserve = !ask.flags.contains(MapFlags::NORESERVE);
        let (mm, machine) = (self.mm, &mut self.kernel.machine);
        let file = machine.hugetlb_file_setup(level, ask.len / page, owner, reserve);
        let file = file.map_err(|_| Errno::ENOMEM)?;
        let inode = machine.files.file(file).inode;
        self.kernel.names.show_as(machine.files.inode(inode).ino, NAME);
        let (start, end) = (VirtAddr::new(addr), VirtAddr::new(addr + ask.len));
        let new = NewMapping { start, end, flags: ask.vm_flags, pgoff: 0, file: Some(file) };
        let mapped = machine.mmap_region(mm, &new);
        machine.fput(file);
        mapped.map(|_| ()).map_err(region_errno)
    }
}
