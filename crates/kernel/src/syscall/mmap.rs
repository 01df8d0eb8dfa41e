//! `mmap(2)` (Linux: the call of arch/x86/kernel/sys_x86_64.c, `ksys_mmap_pgoff`, `do_mmap` of mm/mmap.c).

use super::mprotect::vm_prot;
use super::region_errno;
use crate::file::Fd;
use crate::support::support_rows;
use crate::{Errno, MapFlags, Prot, Task};
use memtwin_mmu::{FileId, NewMapping, Placement, VirtAddr, VmFlags};

support_rows! {
    "mmap";
    "" => AsLinux,
    "MAP_PRIVATE" => AsLinux,
    "MAP_SHARED" => AsLinux,
    "MAP_SHARED_VALIDATE" => AsLinux,
    "MAP_DROPPABLE" => Differs("never dropped under pressure"),
    "MAP_ANONYMOUS" => AsLinux,
    "MAP_FIXED" => AsLinux,
    "MAP_FIXED_NOREPLACE" => AsLinux,
    "MAP_NORESERVE" => AsLinux,
    "MAP_POPULATE" => AsLinux,
    "MAP_NONBLOCK" => AsLinux,
    "MAP_LOCKED" => AsLinux,
    "MAP_GROWSDOWN" => AsLinux,
    "MAP_STACK" => AsLinux,
    "MAP_32BIT" => AsLinux,
    "MAP_ABOVE4G" => AsLinux,
    "MAP_SYNC" => AsLinux,
    "MAP_HUGETLB" => AsLinux,
    "MAP_DENYWRITE" => AsLinux,
    "MAP_EXECUTABLE" => AsLinux,
    "vm.overcommit_memory=2" => Differs("Committed_AS is exact and the machine's only processes are the twin's"),
    "devices" => Refused("ENODEV, as for /dev/null"),
}

/// What most calls ask for.
const PRIVATE_ANONYMOUS: u64 = MapFlags::PRIVATE.bits() | MapFlags::ANONYMOUS.bits();
/// The bits of `flags` that hold the type.
const MAP_TYPE: u64 = 0xf;

/// What the type bits ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MapType {
    Shared,
    Private,
    SharedValidate,
    Droppable,
}

impl MapType {
    pub(super) fn of(flags: MapFlags) -> Result<MapType, Errno> {
        match flags.bits() & MAP_TYPE {
            1 => Ok(MapType::Shared),
            2 => Ok(MapType::Private),
            3 => Ok(MapType::SharedValidate),
            8 => Ok(MapType::Droppable),
            _ => Err(Errno::EINVAL),
        }
    }
}

/// The arguments of an mmap on their way through the checks; addresses and lengths in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct MmapRequest {
    pub(super) addr: u64,
    pub(super) len: u64,
    pub(super) prot: Prot,
    pub(super) flags: MapFlags,
    pub(super) file: Option<FileId>,
    pub(super) pgoff: u64,
    pub(super) vm_flags: VmFlags,
    /// The size of pool pages in bytes; 0: not from a pool.
    pub(super) pool_page: u64,
}

impl MmapRequest {
    /// Whether all pages are to be there when the call returns.
    pub(super) fn populates(&self) -> bool {
        let asked = self.flags & (MapFlags::POPULATE | MapFlags::NONBLOCK) == MapFlags::POPULATE;
        asked || self.vm_flags.contains(VmFlags::LOCKED)
    }
}

impl Task<'_> {
    /// Maps `len` bytes, rounded up to pages, of the file `fd` from `off` on, or of anonymous memory; the address.
    ///
    /// # Errors
    /// `EINVAL` for arguments that make no sense, `EBADF`, `EACCES`, `ENODEV` and `EOPNOTSUPP` for a file that cannot be mapped so,
    /// `EOVERFLOW` beyond the largest file, `ENOMEM` over a limit or without room, `EEXIST` with MAP_FIXED_NOREPLACE, `EPERM` below
    /// `mmap_min_addr`, `EAGAIN` over RLIMIT_MEMLOCK.
    pub fn mmap(
        &mut self,
        addr: u64,
        len: u64,
        prot: u64,
        flags: u64,
        fd: u64,
        off: u64,
    ) -> Result<u64, Errno> {
        if (addr, flags, off) == (0, PRIVATE_ANONYMOUS, 0)
            && let Some(addr) = self.mmap_anonymous(len, prot)
        {
            return Ok(addr);
        }
        if !self.is_page_aligned(off) {
            return Err(Errno::EINVAL);
        }
        let pgoff = off >> self.kernel.machine.page_shift();
        let (prot, flags) = (Prot::from_bits_retain(prot), MapFlags::from_bits_retain(flags));
        let vm_flags = VmFlags::empty();
        self.mmap_asked(MmapRequest { addr, len, prot, flags, file: None, pgoff, vm_flags, pool_page: 0 }, fd)
    }

    #[inline(never)]
    fn mmap_asked(&mut self, mut ask: MmapRequest, fd: u64) -> Result<u64, Errno> {
        let flags = ask.flags;
        if !flags.contains(MapFlags::ANONYMOUS) {
            let fd = self.process().fds.get(fd)?;
            if let Fd::File(file) = fd {
                ask.file = Some(file);
                if let Some(level) = self.kernel.machine.hugetlb_file_level(file) {
                    return self.mmap_pool(ask, level);
                }
            }
            if flags.contains(MapFlags::HUGETLB) {
                return Err(Errno::EINVAL);
            }
            if fd == Fd::Null {
                return self.mmap_null(&ask);
            }
        } else if flags.contains(MapFlags::HUGETLB) {
            return self.mmap_hugetlb(ask);
        }
        let addr = self.do_mmap(&mut ask)?;
        if ask.populates() {
            self.kernel.machine.mm_populate(self.mm, addr, ask.len);
        }
        Ok(addr)
    }

    /// Private anonymous memory anywhere, if there is nothing in the way of it.
    fn mmap_anonymous(&mut self, len: u64, prot: u64) -> Option<u64> {
        let len = self.page_align(len);
        let access = vm_prot(Prot::from_bits_retain(prot));
        if len == 0 { None } else { self.kernel.machine.quick_mmap(self.mm, len, access) }
    }

    fn do_mmap(&mut self, ask: &mut MmapRequest) -> Result<u64, Errno> {
        let addr = self.mmap_place(ask)?;
        match ask.file {
            Some(file) => self.check_file(ask, file)?,
            None => check_anonymous(ask)?,
        }
        if ask.file.is_none() && !ask.vm_flags.contains(VmFlags::SHARED) {
            ask.pgoff = addr >> self.kernel.machine.page_shift();
        }
        if ask.flags.contains(MapFlags::NORESERVE) && self.kernel.machine.config.overcommit_memory != 2 {
            ask.vm_flags |= VmFlags::NORESERVE;
        }
        let new = NewMapping {
            start: VirtAddr::new(addr),
            end: VirtAddr::new(addr + ask.len),
            flags: ask.vm_flags,
            pgoff: ask.pgoff,
            file: ask.file,
        };
        if ask.vm_flags.contains(VmFlags::SYNC) && self.is_on_disk(ask.file) {
            return self.refuse_sync(&new);
        }
        self.kernel.machine.mmap_region(self.mm, &new).map_err(region_errno)?;
        Ok(addr)
    }

    /// The checks before the file's, in Linux's order; where the mapping goes.
    pub(super) fn mmap_place(&mut self, ask: &mut MmapRequest) -> Result<u64, Errno> {
        if ask.len == 0 {
            return Err(Errno::EINVAL);
        }
        let fixed = ask.flags.intersects(MapFlags::FIXED | MapFlags::FIXED_NOREPLACE);
        let machine = &self.kernel.machine;
        if !fixed {
            ask.addr = machine.round_hint_to_min(ask.addr);
        }
        ask.len = machine.page_align(ask.len);
        if ask.len == 0 {
            return Err(Errno::ENOMEM);
        }
        if ask.pgoff.checked_add(ask.len >> machine.page_shift()).is_none() {
            return Err(Errno::EOVERFLOW);
        }
        let mm = machine.mm(self.mm);
        if mm.vmas.len() > machine.config.max_map_count {
            return Err(Errno::ENOMEM);
        }
        ask.vm_flags = mm.def_flags | vm_prot(ask.prot) | vm_flags(ask.flags);
        let addr = machine.get_unmapped_area(self.mm, &placement(ask, fixed)).map_err(region_errno)?;
        self.check_place(ask, addr)?;
        Ok(addr)
    }

    fn check_place(&self, ask: &MmapRequest, addr: u64) -> Result<(), Errno> {
        let machine = &self.kernel.machine;
        let (start, end) = super::range(addr, addr + ask.len);
        if ask.flags.contains(MapFlags::FIXED_NOREPLACE)
            && machine.mm(self.mm).vmas.intersection(start, end).is_some()
        {
            return Err(Errno::EEXIST);
        }
        if ask.flags.contains(MapFlags::LOCKED) && !self.can_do_mlock() {
            return Err(Errno::EPERM);
        }
        if !machine.mlock_future_ok(self.mm, ask.vm_flags, ask.len) {
            return Err(Errno::EAGAIN);
        }
        Ok(())
    }
}

/// The flags of a mapping that `flags` of mmap give, with all MAY bits (Linux: `calc_vm_flag_bits`).
fn vm_flags(flags: MapFlags) -> VmFlags {
    const GIVES: [(MapFlags, VmFlags); 4] = [
        (MapFlags::GROWSDOWN, VmFlags::GROWSDOWN),
        (MapFlags::LOCKED, VmFlags::LOCKED),
        (MapFlags::SYNC, VmFlags::SYNC),
        (MapFlags::STACK, VmFlags::NOHUGEPAGE),
    ];
    let given = GIVES.iter().filter(|(map, _)| flags.contains(*map)).map(|(_, vm)| *vm);
    given.fold(VmFlags::MAYREAD | VmFlags::MAYWRITE | VmFlags::MAYEXEC, |all, vm| all | vm)
}

fn placement(ask: &MmapRequest, fixed: bool) -> Placement {
    Placement {
        addr: ask.addr,
        len: ask.len,
        file: ask.file,
        pgoff: ask.pgoff,
        fixed,
        shared: ask.flags.contains(MapFlags::SHARED),
        low_2g: ask.flags.contains(MapFlags::MAP_32BIT),
        above_4g: ask.flags.contains(MapFlags::ABOVE4G),
        align: ask.pool_page,
    }
}

fn check_anonymous(ask: &mut MmapRequest) -> Result<(), Errno> {
    let grows = ask.vm_flags.contains(VmFlags::GROWSDOWN);
    match MapType::of(ask.flags)? {
        MapType::Shared if grows => return Err(Errno::EINVAL),
        MapType::Shared => {
            ask.pgoff = 0;
            ask.vm_flags |= VmFlags::SHARED | VmFlags::MAYSHARE;
        }
        MapType::Droppable if grows || ask.flags.contains(MapFlags::LOCKED) => return Err(Errno::EINVAL),
        MapType::Droppable => {
            ask.vm_flags |= VmFlags::DROPPABLE | VmFlags::NORESERVE;
            ask.vm_flags |= VmFlags::WIPEONFORK | VmFlags::DONTDUMP;
        }
        MapType::Private => {}
        MapType::SharedValidate => return Err(Errno::EINVAL),
    }
    Ok(())
}
