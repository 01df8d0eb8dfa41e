//! `mlockall(2)` and `munlockall(2)` (Linux: mm/mlock.c).

use crate::support::support_rows;
use crate::{Errno, Task};
use memtwin_mmu::VmFlags;

support_rows! {
    "mlockall";
    "" => AsLinux,
    "MCL_CURRENT" => AsLinux,
    "MCL_FUTURE" => AsLinux,
    "MCL_ONFAULT" => AsLinux,
    "munlockall" => AsLinux,
}

/// MCL_CURRENT: what is mapped now.
const MCL_CURRENT: u64 = 1;
/// MCL_FUTURE: what will be mapped.
const MCL_FUTURE: u64 = 2;
/// MCL_ONFAULT: pages are not brought in.
const MCL_ONFAULT: u64 = 4;

impl Task<'_> {
    /// Locks all mappings of now, of the future, or both.
    ///
    /// # Errors
    /// `EINVAL` for flags that make no sense, `EPERM` if RLIMIT_MEMLOCK is 0, `ENOMEM` if all that is mapped exceeds it.
    pub fn mlockall(&mut self, flags: u64) -> Result<(), Errno> {
        let flags = u64::from(flags as u32);
        if flags == 0 || flags & !(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0 || flags == MCL_ONFAULT {
            return Err(Errno::EINVAL);
        }
        if !self.can_do_mlock() {
            return Err(Errno::EPERM);
        }
        let machine = &mut self.kernel.machine;
        let mm = machine.mm(self.mm);
        let limit = mm.limits.lockable_bytes() >> machine.page_shift();
        if flags & MCL_CURRENT != 0 && mm.stats.total_vm_pages > limit {
            return Err(Errno::ENOMEM);
        }
        self.apply_mlockall(flags);
        if flags & MCL_CURRENT != 0 {
            let all = self.kernel.machine.task_size();
            self.kernel.machine.mm_populate(self.mm, 0, all);
        }
        Ok(())
    }

    /// Unlocks all mappings, also those of the future.
    pub fn munlockall(&mut self) {
        self.apply_mlockall(0);
    }

    /// Linux: `apply_mlockall_flags`: MCL_FUTURE alone leaves what is mapped as it is.
    fn apply_mlockall(&mut self, flags: u64) {
        let mut lock = VmFlags::LOCKED;
        lock.set(VmFlags::LOCKONFAULT, flags & MCL_ONFAULT != 0);
        let machine = &mut self.kernel.machine;
        let def_flags = &mut machine.mm_mut(self.mm).def_flags;
        *def_flags -= VmFlags::LOCKED | VmFlags::LOCKONFAULT;
        if flags & MCL_FUTURE != 0 {
            *def_flags |= lock;
        }
        match (flags & MCL_CURRENT != 0, flags & MCL_FUTURE != 0) {
            (true, _) => machine.lock_all(self.mm, lock),
            (false, true) => {}
            (false, false) => machine.lock_all(self.mm, VmFlags::empty()),
        }
    }
}
