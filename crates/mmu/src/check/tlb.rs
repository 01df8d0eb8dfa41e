//! The TLB against the page tables: an entry may know less than the tables, never other than they or more.

use super::CheckError;
use crate::paging::table::{Lookup, PageTables};
use crate::tlb::{Cached, CachedTable};
use crate::{Machine, MmId, Pfn, Pte, PteFlags, VirtAddr};

impl Machine {
    /// Checks that no entry of any processor's TLB, paging-structure caches included, is stale without a flush on the way. Entries
    /// of an address space that is flushed before it runs again may be, and global ones belong to nobody who could say.
    ///
    /// # Errors
    /// The first stale entry.
    pub fn check_tlb(&self) -> Result<(), CheckError> {
        self.mms.iter().flatten().try_for_each(|mm| self.check_near_tables(&mm.tables))?;
        self.tlbs().try_for_each(|(_, tlb)| {
            tlb.iter().try_for_each(|cached| match cached.context {
                Some(context) => match self.owner(context, cached.generation) {
                    Some(mm) => self.check_cached(mm, &cached),
                    None => Ok(()),
                },
                None => Ok(()),
            })?;
            tlb.tables(&self.config.format).try_for_each(|cached| self.check_table(&cached))
        })
    }

    /// Checks that the tables known by address stand where they are known to.
    fn check_near_tables(&self, tables: &PageTables) -> Result<(), CheckError> {
        let stands = |addr, table| tables.entry(&self.phys, addr, 0).is_some_and(|at| at.table == table);
        let wrong = self
            .phys
            .near_tables
            .iter(tables.context)
            .find(|&(addr, table, slot)| !stands(addr, table) || self.phys.host.slot(table) != slot);
        match wrong {
            Some((_, pfn, _)) => Err(CheckError::Frame { pfn, what: "known as a table where it is none" }),
            None => Ok(()),
        }
    }

    /// Which address space it is, if it lives and owes no flush beyond `generation`.
    fn owner(&self, context: u64, generation: u64) -> Option<MmId> {
        let is_owner = |tables: &PageTables| tables.context == context && tables.generation == generation;
        let at = self.mms.iter().position(|mm| mm.as_ref().is_some_and(|mm| is_owner(&mm.tables)))?;
        Some(MmId(at as u32))
    }

    fn check_table(&self, cached: &CachedTable) -> Result<(), CheckError> {
        let Some(mm) = self.owner(cached.context, cached.generation) else { return Ok(()) };
        let tables = &self.mm(mm).tables;
        let addr = tables.format.sign_extend(cached.addr);
        let entry = tables.entry(&self.phys, addr, cached.level).map(|at| tables.read(&self.phys, at));
        match entry {
            Some(pte) if pte.is_present() && !pte.has(PteFlags::HUGE) && pte.pfn() == cached.table => Ok(()),
            other => {
                let (cached, actual) = (format!("{cached:?}"), format!("{other:?}"));
                Err(CheckError::StaleTlb { mm, addr, cached, actual })
            }
        }
    }

    fn check_cached(&self, mm: MmId, cached: &Cached) -> Result<(), CheckError> {
        let tables = &self.mm(mm).tables;
        let addr = tables.format.sign_extend(cached.addr);
        let stale =
            |actual: String| Err(CheckError::StaleTlb { mm, addr, cached: format!("{cached:?}"), actual });
        match tables.lookup(&self.phys, addr) {
            Lookup::Base(_, pte) if cached.size == 0 && agrees(cached, pte, pte.pfn()) => Ok(()),
            Lookup::Huge(level, _, pte)
                if cached.size <= level && agrees(cached, pte, self.piece(level, addr, pte)) =>
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
