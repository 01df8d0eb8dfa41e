//! Anonymous pages and large folios against the entries that map them.

use super::CheckError;
use crate::paging::{Pte, Visit};
use crate::phys::FrameFlags;
use crate::rmap::{head_of, is_large};
use crate::vma::Vma;
use crate::{Machine, MmId, Pfn, VirtAddr};
use std::collections::BTreeMap;

impl Machine {
    /// Checks that anonymous pages are where their family and index say, that exclusive ones are mapped once, that private
    /// entries are writable only for exclusive pages, and what is counted of large folios.
    ///
    /// # Errors
    /// The first disagreement.
    pub fn check_rmap(&self) -> Result<(), CheckError> {
        let mut totals = BTreeMap::new();
        for (at, mm) in self.mms.iter().enumerate() {
            let Some(mm) = mm else { continue };
            let mut wrong = None;
            mm.tables.visit(&self.phys, &mut |visit| {
                if let Visit::Leaf { addr, pte, .. } = visit
                    && pte.is_mapped()
                    && !pte.is_special()
                {
                    if is_large(self.phys.frame(pte.pfn())) {
                        *totals.entry(head_of(&self.phys, pte.pfn())).or_default() += 1;
                    }
                    wrong = wrong.take().or_else(|| self.wrong_anon(MmId(at as u32), addr, pte));
                }
            });
            if let Some(what) = wrong {
                return Err(what);
            }
        }
        self.check_totals(&totals)
    }

    fn wrong_anon(&self, mm: MmId, addr: VirtAddr, pte: Pte) -> Option<CheckError> {
        let pfn = pte.pfn();
        let frame = self.phys.frame(pfn);
        let wrong = |what| Some(CheckError::Frame { pfn, what });
        let Some(vma) = self.mm(mm).vmas.at(addr).map(|id| self.mm(mm).vmas.get(id)) else {
            return wrong("mapped outside all mappings");
        };
        if !frame.has(FrameFlags::ANON) {
            return None;
        }
        let exclusive = frame.has(FrameFlags::ANON_EXCLUSIVE);
        if exclusive && self.page_mapcount(pfn) != 1 {
            return wrong("exclusive, but not mapped once");
        }
        if pte.is_writable() && !exclusive {
            return wrong("writable by an entry, but not exclusive");
        }
        if !self.is_found(vma, addr, pfn) {
            return wrong("mapped where its family does not look for it");
        }
        None
    }

    fn is_found(&self, vma: &Vma, addr: VirtAddr, pfn: Pfn) -> bool {
        let frame = self.phys.frame(pfn);
        frame.index() == vma.page_index(addr, self.page_shift())
            && self.anon.chain(vma).iter().any(|family| family.0 == frame.mapping)
    }

    fn check_totals(&self, totals: &BTreeMap<Pfn, u32>) -> Result<(), CheckError> {
        for (&pfn, &found) in totals {
            let kept = self.folios.get(pfn).total;
            if kept != found {
                return Err(CheckError::Mapcount { pfn, kept, found });
            }
        }
        Ok(())
    }
}
