//! The TLB against the page tables: an entry may know less than the tables, never other than they or more.

use super::CheckError;
use crate::paging::table::Lookup;
use crate::tlb::Cached;
use crate::{Machine, MmId, Pfn, Pte, PteFlags, VirtAddr};

impl Machine {
    /// Checks that no entry of the TLB is stale without a flush on the way. Entries of an address space that is flushed
    /// before it runs again may be.
    ///
    /// # Errors
    /// The first stale entry.
    pub fn check_tlb(&self) -> Result<(), CheckError> {
        self.tlb.iter().try_for_each(|cached| match self.owner(&cached) {
            Some(mm) => self.check_cached(mm, &cached),
            None => Ok(()),
        })
    }

    /// Whose entry it is, if its address space lives and owes no flush.
    fn owner(&self, cached: &Cached) -> Option<MmId> {
        let is_owner = |tables: &crate::paging::table::PageTables| {
            tables.context == cached.context && tables.generation == cached.generation
        };
        let at = self.mms.iter().position(|mm| mm.as_ref().is_some_and(|mm| is_owner(&mm.tables)))?;
        Some(MmId(at as u32))
    }

    fn check_cached(&self, mm: MmId, cached: &Cached) -> Result<(), CheckError> {
        let tables = &self.mm(mm).tables;
        let addr = tables.format.sign_extend(cached.addr);
        let stale =
            |actual: String| Err(CheckError::StaleTlb { mm, addr, cached: format!("{cached:?}"), actual });
        match tables.lookup(&self.phys, addr) {
            Lookup::Base(_, pte) if !cached.large && agrees(cached, pte, pte.pfn()) => Ok(()),
            Lookup::Huge(level, _, pte)
                if cached.large && agrees(cached, pte, self.piece(level, addr, pte)) =>
            {
                Ok(())
            }
            other => stale(format!("{other:?}")),
        }
    }

    /// The frame at `addr` in a leaf above level 0.
    fn piece(&self, level: u32, addr: VirtAddr, pte: Pte) -> Pfn {
        let format = &self.config.format;
        pte.pfn() + ((addr.get() & (format.span(level) - 1)) >> format.page_shift) as u32
    }
}

fn agrees(cached: &Cached, pte: Pte, pfn: Pfn) -> bool {
    let may = |have: bool, flag| !have || pte.has(flag);
    pte.has(PteFlags::PRESENT)
        && cached.pfn == pfn
        && may(cached.writable, PteFlags::WRITABLE)
        && may(cached.dirty, PteFlags::DIRTY)
        && !(cached.executable && pte.has(PteFlags::NO_EXECUTE))
}
