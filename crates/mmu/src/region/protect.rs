//! New rights for a range, mapping by mapping (Linux: `do_mprotect_pkey`, `mprotect_fixup` of mm/mprotect.c).
//!
//! What was changed before a mapping refuses stays changed.

use super::RegionError;
use crate::{Machine, MmId, VirtAddr, VmFlags, Vma, VmaId};

impl Machine {
    /// Gives `start..end` (page aligned, not empty) the rights `prot` (of READ, WRITE and EXEC). With `grows_down` from the start
    /// of the mapping there, which must grow down.
    ///
    /// # Errors
    /// `NoMemory` for a hole, a limit or no commit, `Access` for a right that the mapping may not get, `Invalid` if it does not
    /// grow down, `Permission` for a sealed one; with all below changed.
    pub fn mprotect_range(
        &mut self,
        mm: MmId,
        start: VirtAddr,
        end: VirtAddr,
        prot: VmFlags,
        grows_down: bool,
    ) -> Result<(), RegionError> {
        let first = self.first_in(mm, start, end).ok_or(RegionError::NoMemory)?;
        let vma = self.mm(mm).vmas.get(first);
        let mut at = if grows_down { vma.start } else { start };
        if grows_down && !vma.flags.contains(VmFlags::GROWSDOWN) {
            return Err(RegionError::Invalid);
        }
        self.gather(|machine| {
            while at < end {
                let id = machine.mm(mm).vmas.at(at).ok_or(RegionError::NoMemory)?;
                at = machine.protect_vma(mm, id, at, end, prot)?;
            }
            Ok(())
        })
    }

    /// Changes the part of a mapping from `start` on that lies below `end`; the end of that part.
    fn protect_vma(
        &mut self,
        mm: MmId,
        id: VmaId,
        start: VirtAddr,
        end: VirtAddr,
        prot: VmFlags,
    ) -> Result<VirtAddr, RegionError> {
        let vma = self.mm(mm).vmas.get(id);
        let end = end.min(vma.end);
        let flags = (vma.flags - VmFlags::ACCESS) | prot;
        if !flags.may_access() {
            return Err(RegionError::Access);
        }
        if vma.is_sealed() {
            return Err(RegionError::Permission);
        }
        if flags != vma.flags {
            self.check_splits(mm, id, start, end)?;
            self.mprotect_fixup(mm, id, start, end, flags)?;
        }
        Ok(end)
    }

    fn mprotect_fixup(
        &mut self,
        mm: MmId,
        id: VmaId,
        start: VirtAddr,
        end: VirtAddr,
        flags: VmFlags,
    ) -> Result<(), RegionError> {
        let old = *self.mm(mm).vmas.get(id);
        let pages = (end - start) >> self.page_shift();
        let (flags, charged) = self.recharge(mm, &old, flags, pages)?;
        let Ok(id) = self.vma_modify(mm, id, start, end, flags) else {
            self.uncharge_commit(charged);
            return Err(RegionError::NoMemory);
        };
        self.change_protection(mm, id, start, end);
        if old.flags.contains(VmFlags::ACCOUNT) && !flags.contains(VmFlags::ACCOUNT) {
            self.uncharge_commit(pages);
        }
        let locked_private = VmFlags::WRITE | VmFlags::SHARED | VmFlags::LOCKED;
        if old.flags & locked_private == VmFlags::LOCKED && flags.contains(VmFlags::WRITE) {
            self.populate_vma_range(mm, id, start, end);
        }
        self.account_vm(mm, old.flags, -(pages as i64));
        self.account_vm(mm, flags, pages as i64);
        Ok(())
    }

    /// Checks the limits and the commit charge of a change to `flags`: the flags with or without ACCOUNT, and the pages charged.
    fn recharge(
        &mut self,
        mm: MmId,
        old: &Vma,
        flags: VmFlags,
        pages: u64,
    ) -> Result<(VmFlags, u64), RegionError> {
        if !flags.contains(VmFlags::WRITE) {
            let untouched = old.is_anonymous() && old.anon_vma.is_none();
            return Ok((if untouched { flags - VmFlags::ACCOUNT } else { flags }, 0));
        }
        if !self.may_expand_vm(mm, flags, pages) && self.may_expand_vm(mm, old.flags, pages) {
            return Err(RegionError::NoMemory);
        }
        let uncharged = VmFlags::ACCOUNT | VmFlags::WRITE | VmFlags::SHARED | VmFlags::NORESERVE;
        let uncharged = uncharged | VmFlags::HUGETLB;
        if old.flags.intersects(uncharged) {
            return Ok((flags, 0));
        }
        if !self.charge_commit(mm, pages) {
            return Err(RegionError::NoMemory);
        }
        Ok((flags | VmFlags::ACCOUNT, pages))
    }
}

impl VmFlags {
    /// Whether each of READ, WRITE and EXEC has its MAY bit.
    pub fn may_access(self) -> bool {
        let may = VmFlags::from_bits_truncate(self.bits() >> 4);
        (self - may) & VmFlags::ACCESS == VmFlags::empty()
    }
}
