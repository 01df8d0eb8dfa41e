//! `mlock(2)`, `mlock2`, `munlock` (Linux: `do_mlock` of mm/mlock.c). No process has CAP_IPC_LOCK.

use super::{range, region_errno};
use crate::support::support_rows;
use crate::{Errno, Task};
use memtwin_mmu::{RegionError, VmFlags};

support_rows! {
    "mlock";
    "" => AsLinux,
    "mlock2" => AsLinux,
    "MLOCK_ONFAULT" => AsLinux,
    "munlock" => AsLinux,
    "CAP_IPC_LOCK" => Refused("no process has capabilities"),
}

/// MLOCK_ONFAULT of mlock2: pages are locked when they come, not brought in.
const MLOCK_ONFAULT: u64 = 1;

impl Task<'_> {
    /// Locks the pages that `len` bytes at `addr` touch, and brings them in.
    ///
    /// # Errors
    /// `EPERM` if RLIMIT_MEMLOCK is 0, `ENOMEM` over it, for a hole, or if a page cannot be had; `EINVAL` for a range that wraps.
    /// What was locked below stays so.
    pub fn mlock(&mut self, addr: u64, len: u64) -> Result<(), Errno> {
        self.do_mlock(addr, len, VmFlags::LOCKED)
    }

    /// The same; with MLOCK_ONFAULT pages are not brought in.
    ///
    /// # Errors
    /// As [`mlock`](Self::mlock); `EINVAL` for other flags.
    pub fn mlock2(&mut self, addr: u64, len: u64, flags: u64) -> Result<(), Errno> {
        match u64::from(flags as u32) {
            0 => self.do_mlock(addr, len, VmFlags::LOCKED),
            MLOCK_ONFAULT => self.do_mlock(addr, len, VmFlags::LOCKED | VmFlags::LOCKONFAULT),
            _ => Err(Errno::EINVAL),
        }
    }

    /// Takes the lock off the pages that `len` bytes at `addr` touch.
    ///
    /// # Errors
    /// `ENOMEM` for a hole, `EINVAL` for a range that wraps; what lies below is unlocked.
    pub fn munlock(&mut self, addr: u64, len: u64) -> Result<(), Errno> {
        let (start, len) = self.touched_pages(addr, len);
        self.apply_lock(start, len, VmFlags::empty())
    }

    fn do_mlock(&mut self, addr: u64, len: u64, lock: VmFlags) -> Result<(), Errno> {
        if !self.can_do_mlock() {
            return Err(Errno::EPERM);
        }
        let (start, len) = self.touched_pages(addr, len);
        if !self.may_lock(start, len) {
            return Err(Errno::ENOMEM);
        }
        self.apply_lock(start, len, lock)?;
        self.kernel.machine.populate(self.mm, start, len).map_err(mlock_errno)
    }

    /// Whether RLIMIT_MEMLOCK allows this range; what of it is locked already counts once.
    fn may_lock(&self, start: u64, len: u64) -> bool {
        let machine = &self.kernel.machine;
        let mm = machine.mm(self.mm);
        let limit = mm.limits.lockable_bytes() >> machine.page_shift();
        let pages = (len >> machine.page_shift()).saturating_add(mm.stats.locked_vm_pages);
        pages <= limit || pages.saturating_sub(machine.locked_pages_in(self.mm, start, len)) <= limit
    }

    fn apply_lock(&mut self, start: u64, len: u64, lock: VmFlags) -> Result<(), Errno> {
        let end = start.checked_add(len).ok_or(Errno::EINVAL)?;
        let (start, end) = range(start, end);
        self.kernel.machine.apply_vma_lock_flags(self.mm, start, end, lock).map_err(region_errno)
    }

    /// The pages that a range touches, as start and length; the length wraps as Linux's does.
    fn touched_pages(&self, addr: u64, len: u64) -> (u64, u64) {
        let machine = &self.kernel.machine;
        let start = machine.page_down(addr);
        (start, machine.page_align(len.wrapping_add(addr - start)))
    }

    /// Whether anything may be locked at all (Linux: `can_do_mlock`).
    pub(super) fn can_do_mlock(&self) -> bool {
        self.kernel.machine.mm(self.mm).limits.lockable_bytes() != 0
    }
}

/// What mlock answers where a page could not be brought in (Linux: `__mlock_posix_error_return`).
fn mlock_errno(error: RegionError) -> Errno {
    match error {
        RegionError::Fault => Errno::ENOMEM,
        RegionError::NoMemory => Errno::EAGAIN,
        other => region_errno(other),
    }
}
