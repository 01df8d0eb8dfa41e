//! Unmapping a huge page as a whole (Linux: `zap_huge_pmd`).

use crate::account::RssDelta;
use crate::paging::{EntryRef, Pte};
use crate::vma::Vma;
use crate::{Machine, MmId};

impl Machine {
    /// Clears the huge entry and gives its reserve table back; the last mapping gone, the folio is freed.
    pub(crate) fn zap_huge(&mut self, mm: MmId, vma: &Vma, above: EntryRef, pmd: Pte, rss: &mut RssDelta) {
        if !vma.is_anonymous() {
            self.leave_traces(vma, pmd);
            self.munlock_folio(vma, pmd.pfn());
            return self.drop_huge_file(mm, above, pmd.pfn(), rss);
        }
        self.set_entry(above, Pte::NONE);
        let (tables, phys) = self.tables_mut(mm);
        tables.zap_deposited(phys);
        if pmd.is_special() {
            return;
        }
        self.munlock_folio(vma, pmd.pfn());
        rss.add(self.phys.frame(pmd.pfn()), -(1 << self.huge_order()));
        if self.folios.remove_entire(pmd.pfn(), mm) == 0 {
            self.free_folio(pmd.pfn());
        }
    }
}
