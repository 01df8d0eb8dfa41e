//! Mappings that grow down to meet an access below them (Linux: `expand_downwards`, `acct_stack_growth`, mm/vma.c).

use super::{STACK_GUARD_GAP_PAGES, VmFlags};
use crate::{Machine, MmId, VirtAddr, VmaId};

/// Below this no mapping is placed and none grows (Linux: `CONFIG_LSM_MMAP_MIN_ADDR`, which stands above the knob's default).
pub const LSM_MMAP_MIN_ADDR: u64 = 65536;

/// Why a mapping did not grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpandError {
    /// It is not one that grows (EFAULT).
    #[error("not a mapping that grows down")]
    NotGrowing,
    /// Too near the beginning of memory (EPERM).
    #[error("too low an address")]
    TooLow,
    /// Too near the mapping below, a limit reached, or no commit (ENOMEM).
    #[error("no room or no memory")]
    NoMemory,
}

impl Machine {
    /// Lets mapping `id`, the first above `addr`, grow down to the page of `addr`.
    ///
    /// # Errors
    /// See [`ExpandError`]; a mapping that could not grow may have got its family.
    pub fn expand_downwards(&mut self, mm: MmId, id: VmaId, addr: VirtAddr) -> Result<(), ExpandError> {
        let vma = *self.mm(mm).vmas.get(id);
        if !vma.flags.contains(VmFlags::GROWSDOWN) {
            return Err(ExpandError::NotGrowing);
        }
        let addr = addr.align_down(1 << self.page_shift());
        if addr.get() < self.config.mmap_min_addr.max(LSM_MMAP_MIN_ADDR) {
            return Err(ExpandError::TooLow);
        }
        if !self.keeps_guard_gap(mm, id, addr) {
            return Err(ExpandError::NoMemory);
        }
        self.anon_vma_prepare(mm, id);
        if addr < vma.start {
            self.grow_down(mm, id, addr)?;
        }
        Ok(())
    }

    /// Whether 256 pages stay free between `addr` and the mapping below, unless that grows down, too, or allows no access.
    fn keeps_guard_gap(&self, mm: MmId, id: VmaId, addr: VirtAddr) -> bool {
        let vmas = &self.mm(mm).vmas;
        let Some(below) = vmas.prev(id).map(|below| vmas.get(below)) else { return true };
        below.flags.contains(VmFlags::GROWSDOWN)
            || !below.flags.intersects(VmFlags::ACCESS)
            || addr - below.end >= (STACK_GUARD_GAP_PAGES << self.page_shift()) && addr >= below.end
    }

    fn grow_down(&mut self, mm: MmId, id: VmaId, addr: VirtAddr) -> Result<(), ExpandError> {
        let vma = *self.mm(mm).vmas.get(id);
        let pages = (vma.start - addr) >> self.page_shift();
        let within_limits = pages <= vma.pgoff
            && self.may_expand_vm(mm, vma.flags, pages)
            && vma.end - addr <= self.mm(mm).limits.stack.soft
            && self.mlock_future_ok(mm, vma.flags, vma.start - addr)
            && self.charge_commit(mm, pages);
        if !within_limits {
            return Err(ExpandError::NoMemory);
        }
        self.account_vm(mm, vma.flags, pages as i64);
        self.set_vma_range(mm, id, addr, vma.end);
        Ok(())
    }
}
