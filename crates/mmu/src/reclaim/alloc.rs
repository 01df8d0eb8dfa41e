//! Allocations that reclaim where memory is short (Linux: `try_charge_memcg`, `__alloc_pages_slowpath`).

use crate::paging::table::PageTables;
use crate::paging::{EntryRef, Format};
use crate::phys::OutOfFrames;
use crate::{Machine, MmId, Pfn, VirtAddr};

/// Reclaims that free nothing before memory counts as out (Linux: `MAX_RECLAIM_RETRIES`).
pub(crate) const MAX_RECLAIM_RETRIES: u32 = 16;

impl Machine {
    /// A free frame, charged; reclaims as long as that helps (Linux: the retries of `try_charge_memcg`).
    ///
    /// # Errors
    /// When memory is out.
    pub(crate) fn alloc_or_reclaim(&mut self, order: u32) -> Result<Pfn, OutOfFrames> {
        let mut retries = MAX_RECLAIM_RETRIES;
        loop {
            match self.phys.alloc_order(order) {
                Err(OutOfFrames) if self.relieve(&mut retries) => {}
                result => return result,
            }
        }
    }

    /// Memory was not to be had: reclaims, and when that is vain kills. False where trying again makes no sense: the running
    /// process is to die itself.
    pub(crate) fn relieve(&mut self, retries: &mut u32) -> bool {
        if self.phys.lruvec.is_none() || *retries == 0 {
            *retries = MAX_RECLAIM_RETRIES;
            return self.out_of_memory(self.current);
        }
        if self.reclaim_pages() == 0 {
            *retries -= 1;
        }
        true
    }

    /// The entry at `level` for `addr` in `mm`, with the tables above it made where missing ([`PageTables::ensure`]).
    ///
    /// # Errors
    /// When memory is out.
    pub(crate) fn ensure_entry(
        &mut self,
        mm: MmId,
        addr: VirtAddr,
        level: u32,
    ) -> Result<EntryRef, OutOfFrames> {
        let mut retries = MAX_RECLAIM_RETRIES;
        loop {
            let (tables, phys) = self.tables_mut(mm);
            match tables.ensure(phys, addr, level) {
                Err(OutOfFrames) if self.relieve(&mut retries) => {}
                result => return result,
            }
        }
    }

    /// An empty root table.
    ///
    /// # Errors
    /// When memory is out.
    pub(crate) fn new_tables(&mut self, format: Format) -> Result<PageTables, OutOfFrames> {
        let mut retries = MAX_RECLAIM_RETRIES;
        loop {
            match PageTables::new(&mut self.phys, format) {
                Err(OutOfFrames) if self.relieve(&mut retries) => {}
                result => return result,
            }
        }
    }
}
