//! `mmap(2)` with MAP_HUGETLB (Linux: `hugetlb_file_setup`, `hugetlbfs_file_mmap`, `hugetlb_get_unmapped_area`): pages of 2 MiB or
//! 1 GiB from the machine's pools, reserved when they are mapped unless MAP_NORESERVE says otherwise.

use super::mmap::{MapType, MmapRequest};
use super::region_errno;
use crate::{Errno, MapFlags, Task};
use memtwin_mmu::{NewMapping, VirtAddr, VmFlags};

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
        ask.pool_page = page;
        ask.len = ask.len.checked_next_multiple_of(page).unwrap_or(0);
        let addr = self.mmap_place(&mut ask)?;
        let kind = MapType::of(ask.flags)?;
        if kind == MapType::Droppable || ask.vm_flags.contains(VmFlags::GROWSDOWN) {
            return Err(Errno::EINVAL);
        }
        let populates = ask.populates();
        ask.vm_flags -= VmFlags::LOCKED | VmFlags::LOCKONFAULT;
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
        self.map_pool_pages(&ask, addr, level)?;
        if populates {
            self.kernel.machine.mm_populate(self.mm, addr, ask.len);
        }
        Ok(addr)
    }

    fn map_pool_pages(&mut self, ask: &MmapRequest, addr: u64, level: u32) -> Result<(), Errno> {
        let shared = ask.vm_flags.contains(VmFlags::SHARED);
        let reserve = !ask.flags.contains(MapFlags::NORESERVE);
        let (mm, machine) = (self.mm, &mut self.kernel.machine);
        let (start, end) = (VirtAddr::new(addr), VirtAddr::new(addr + ask.len));
        let new = NewMapping { start, end, flags: ask.vm_flags, pgoff: ask.pgoff, file: None };
        // What shared memory in the way was promised is free only when its file is closed, later.
        let in_the_way = machine.hold_files(mm, start, end);
        let way = machine.make_way(mm, &new).map_err(region_errno);
        let pages = ask.len / ask.pool_page;
        let is_aligned = (ask.pgoff << machine.page_shift()).is_multiple_of(ask.pool_page);
        let file = way.and_then(|_| {
            if !is_aligned {
                return Err(Errno::EINVAL);
            }
            machine.hugetlb_file_setup(level, pages, shared, reserve).map_err(|_| Errno::ENOMEM)
        });
        in_the_way.into_iter().for_each(|file| machine.fput(file));
        let file = file?;
        let inode = machine.files.file(file).inode;
        self.kernel.names.show_as(machine.files.inode(inode).ino, NAME);
        let owner = if reserve && !shared { VmFlags::HUGETLB_OWNER } else { VmFlags::empty() };
        let new = NewMapping { file: Some(file), flags: new.flags | owner, ..new };
        let mapped = machine.mmap_region(mm, &new);
        machine.fput(file);
        mapped.map(|_| ()).map_err(region_errno)
    }
}
