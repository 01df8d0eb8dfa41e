//! What an address space counts of its mappings (Linux: `vm_stat_account`, `update_hiwater_vm`, `locked_vm`).

use super::VmFlags;
use crate::mm::MmStats;
use crate::{Machine, MmId};

impl Machine {
    /// Counts `pages` (negative: gone) of a mapping with `flags`: total, by kind, and locked.
    pub fn account_vm(&mut self, mm: MmId, flags: VmFlags, pages: i64) {
        self.mm_mut(mm).stats.account_vm(flags, pages);
    }
}

impl MmStats {
    /// As [`Machine::account_vm`].
    #[inline(always)]
    pub(crate) fn account_vm(&mut self, flags: VmFlags, pages: i64) {
        let add = |count: &mut u64| *count = count.wrapping_add_signed(pages);
        add(&mut self.total_vm_pages);
        if flags.is_exec() {
            add(&mut self.exec_vm_pages);
        } else if flags.is_stack() {
            add(&mut self.stack_vm_pages);
        } else if flags.is_data() {
            add(&mut self.data_vm_pages);
        }
        if flags.contains(VmFlags::LOCKED) {
            add(&mut self.locked_vm_pages);
        }
        self.peak_vm_pages = self.peak_vm_pages.max(self.total_vm_pages);
    }
}
