//! Pool pages of a forked address space (Linux: `copy_hugetlb_page_range`): private ones are shared read-only, the child without a
//! reservation; shared ones it faults in. Where the parent has tables the child gets some, though no page is there.

use crate::paging::PteFlags;
use crate::phys::OutOfFrames;
use crate::{FlushOwed, Machine, MmId, VmFlags, Vma};

impl Machine {
    /// Gives `dst` the private pages of a mapping of `src`.
    ///
    /// # Errors
    /// If there is no frame for a table.
    pub(crate) fn hugetlb_copy(
        &mut self,
        dst: MmId,
        src: MmId,
        vma: &Vma,
        level: u32,
    ) -> Result<(), OutOfFrames> {
        if !vma.flags.contains(VmFlags::HUGETLB_FAULTED) {
            return Ok(());
        }
        let span = self.config.format.span(level);
        for addr in (0..vma.len_bytes() / span).map(|page| vma.start + page * span) {
            if self.mm(src).tables.entry(&self.phys, addr, level).is_some() {
                self.ensure_entry(dst, addr, level)?;
            }
        }
        for (addr, at, pte) in self.hugetlb_entries(src, vma, level) {
            let to = self.ensure_entry(dst, addr, level)?;
            let shared = pte.without(PteFlags::WRITABLE);
            self.set_entry(at, shared);
            self.set_entry(to, shared);
            self.hugetlb.mapped.entry(pte.pfn()).or_default().push((dst, addr));
        }
        self.flush(FlushOwed::range(src, vma.start, vma.end));
        Ok(())
    }
}
