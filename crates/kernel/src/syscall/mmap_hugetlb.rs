//! `mmap(2)` with MAP_HUGETLB and of files on hugetlbfs (Linux: `hugetlb_file_setup`, `hugetlbfs_file_mmap`,
//! `hugetlb_get_unmapped_area`): pages of 2 MiB or 1 GiB from the machine's pools, reserved when they are mapped unless MAP_NORESERVE says
//! otherwise.

use super::mmap::{MapType, MmapRequest};
use super::region_errno;
use crate::file::memfd::HUGE_SIZE;
use crate::{Errno, Kernel, MapFlags, Task};
use memtwin_mmu::{FileId, NewMapping, VirtAddr, VmFlags};

/// How maps show the file behind MAP_ANONYMOUS.
const NAME: &str = "/anon_hugepage (deleted)";

impl Task<'_> {
    /// Maps pool pages of the size that the flags name, which have the same bits as memfd_create's.
    pub(super) fn mmap_hugetlb(&mut self, ask: MmapRequest) -> Result<u64, Errno> {
        let size = (ask.flags.bits() >> HUGE_SIZE.0) & HUGE_SIZE.1;
        let level = self.pool_level(size).ok_or(Errno::EINVAL)?;
        self.mmap_pool(ask, level)
    }

    /// Maps pool pages of `level`, of a file or anonymous. The reservation is made after all else was checked; a MAP_FIXED has then
    /// unmapped what was in the way.
    pub(super) fn mmap_pool(&mut self, mut ask: MmapRequest, level: u32) -> Result<u64, Errno> {
        ask.pool_page = self.kernel.machine.config.format.span(level);
        ask.len = ask.len.checked_next_multiple_of(ask.pool_page).unwrap_or(0);
        let addr = self.mmap_place(&mut ask)?;
        match ask.file {
            Some(file) => self.check_file(&mut ask, file)?,
            None => check_anonymous(&mut ask)?,
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
        self.map_pool_pages(&ask, addr, level)?;
        if populates {
            self.kernel.machine.mm_populate(self.mm, addr, ask.len);
        }
        Ok(addr)
    }

    fn map_pool_pages(&mut self, ask: &MmapRequest, addr: u64, level: u32) -> Result<(), Errno> {
        let (mm, kernel) = (self.mm, &mut *self.kernel);
        let (start, end) = (VirtAddr::new(addr), VirtAddr::new(addr + ask.len));
        let new = NewMapping { start, end, flags: ask.vm_flags, pgoff: ask.pgoff, file: None };
        // What shared memory in the way was promised is free only when its file is closed, later.
        let in_the_way = kernel.machine.hold_files(mm, start, end);
        let way = kernel.machine.make_way(mm, &new).map_err(region_errno);
        let promised = way.and_then(|_| kernel.promise_pool_pages(ask, level));
        in_the_way.into_iter().for_each(|file| kernel.machine.fput(file));
        let (file, flags) = promised?;
        let mapped = kernel.machine.mmap_region(mm, &NewMapping { file: Some(file), flags, ..new });
        kernel.machine.fput(file);
        mapped.map(|_| ()).map_err(region_errno)
    }
}

impl Kernel {
    /// The open file that is mapped, with a reference, and the mapping's flags.
    fn promise_pool_pages(&mut self, ask: &MmapRequest, level: u32) -> Result<(FileId, VmFlags), Errno> {
        let offset = ask.pgoff << self.machine.page_shift();
        if !offset.is_multiple_of(ask.pool_page) {
            return Err(Errno::EINVAL);
        }
        let file = self.pool_file(ask, level);
        let pages = offset / ask.pool_page..offset.wrapping_add(ask.len) / ask.pool_page;
        let promised = self.machine.hugetlb_map(file, pages, ask.vm_flags);
        self.machine.fput(file);
        promised.map_err(|_| Errno::ENOMEM)
    }

    /// A reference to the file that is mapped; memory without one gets a file of its own.
    fn pool_file(&mut self, ask: &MmapRequest, level: u32) -> FileId {
        if let Some(file) = ask.file {
            self.machine.get_file(file);
            return file;
        }
        let file = self.machine.hugetlb_file_setup(level, ask.len);
        let inode = self.machine.files.file(file).inode;
        self.names.show_as(self.machine.files.inode(inode).ino, NAME);
        file
    }
}

fn check_anonymous(ask: &mut MmapRequest) -> Result<(), Errno> {
    let kind = MapType::of(ask.flags)?;
    if kind == MapType::Droppable || ask.vm_flags.contains(VmFlags::GROWSDOWN) {
        return Err(Errno::EINVAL);
    }
    if kind != MapType::Private {
        ask.vm_flags |= VmFlags::SHARED | VmFlags::MAYSHARE;
    }
    Ok(())
}
