//! Whether an address space may have more pages: RLIMIT_AS, RLIMIT_DATA, RLIMIT_MEMLOCK.

use crate::mm::Mm;
use crate::{Machine, MmId, VmFlags};

impl VmFlags {
    /// Counts as data: private, writable and not a stack (Linux: `is_data_mapping`).
    pub fn is_data(self) -> bool {
        self & (VmFlags::WRITE | VmFlags::SHARED | VmFlags::GROWSDOWN) == VmFlags::WRITE
    }

    /// Counts as a stack (Linux: `is_stack_mapping`).
    pub fn is_stack(self) -> bool {
        self.contains(VmFlags::GROWSDOWN)
    }

    /// Counts as code: executable, not writable, not a stack (Linux: `is_exec_mapping`).
    pub fn is_exec(self) -> bool {
        self & (VmFlags::EXEC | VmFlags::WRITE | VmFlags::GROWSDOWN) == VmFlags::EXEC
    }
}

impl Mm {
    /// As [`Machine::may_expand_vm`].
    #[inline]
    pub(super) fn may_expand_vm(&self, flags: VmFlags, pages: u64) -> bool {
        let shift = self.tables.format.page_shift;
        if self.stats.total_vm_pages.saturating_add(pages) > self.limits.address_space.soft >> shift {
            return false;
        }
        let data = self.limits.data;
        let limit = if data.soft == 0 { data.hard } else { data.soft };
        !flags.is_data() || self.stats.data_vm_pages.saturating_add(pages) <= limit >> shift
    }

    /// As [`Machine::mlock_future_ok`].
    pub(super) fn mlock_future_ok(&self, flags: VmFlags, bytes: u64) -> bool {
        let shift = self.tables.format.page_shift;
        !flags.contains(VmFlags::LOCKED)
            || self.stats.locked_vm_pages + (bytes >> shift) <= self.limits.lockable_bytes() >> shift
    }
}

impl Machine {
    /// Whether `pages` more with `flags` keep within RLIMIT_AS and RLIMIT_DATA (Linux: `may_expand_vm`). A soft RLIMIT_DATA of
    /// 0 counts as the hard one, which Linux does for Valgrind.
    pub fn may_expand_vm(&self, mm: MmId, flags: VmFlags, pages: u64) -> bool {
        self.mm(mm).may_expand_vm(flags, pages)
    }

    /// Whether `bytes` more with `flags` keep within RLIMIT_MEMLOCK (Linux: `mlock_future_ok`).
    pub fn mlock_future_ok(&self, mm: MmId, flags: VmFlags, bytes: u64) -> bool {
        self.mm(mm).mlock_future_ok(flags, bytes)
    }
}
