//! A huge page in a forked address space (Linux: `copy_huge_pmd`).

use crate::account::RssDelta;
use crate::fork::share_bits;
use crate::paging::{EntryRef, Pte};
use crate::phys::{FrameFlags, OutOfFrames};
use crate::vma::Vma;
use crate::{Machine, MmId, VirtAddr};

impl Machine {
    /// Gives `dst` the huge page that the parent's entry `from` maps at `addr`. A file's it can fault in itself. False if the huge page
    /// was taken apart when memory was reclaimed for the child's tables.
    pub(crate) fn copy_huge(
        &mut self,
        dst: MmId,
        vma: &Vma,
        from: EntryRef,
        pmd: Pte,
        addr: VirtAddr,
        rss: &mut RssDelta,
    ) -> Result<bool, OutOfFrames> {
        let to = self.ensure_entry(dst, addr, 1)?;
        if !vma.is_anonymous() {
            return Ok(true);
        }
        self.deposit(dst)?;
        if self.phys.pte(from) != pmd {
            let (tables, phys) = self.tables_mut(dst);
            tables.zap_deposited(phys);
            return Ok(false);
        }
        if !pmd.is_special() {
            self.phys.frame_mut(pmd.pfn()).remove(FrameFlags::ANON_EXCLUSIVE);
            self.folios.add_entire(pmd.pfn(), dst);
            rss.add(self.phys.frame(pmd.pfn()), 1 << self.huge_order());
        }
        let shared = share_bits(vma, pmd);
        self.set_entry(from, shared.parent);
        self.set_entry(to, shared.child);
        Ok(true)
    }
}
