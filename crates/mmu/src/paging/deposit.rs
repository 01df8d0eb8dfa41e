//! Tables kept in reserve for huge pages, so that a huge page can always be split (Linux: `pgtable_trans_huge_deposit`).
//!
//! They count in VmPTE. Linux keeps a list for each table of level 1; which of the equal, empty tables comes back does not
//! show, so here is one list for the address space.

use super::table::{PageTables, alloc_table};

use crate::Pfn;
use crate::phys::{OutOfFrames, Phys};

impl PageTables {
    /// The tables in reserve.
    pub(crate) fn deposited(&self) -> &[Pfn] {
        &self.deposits
    }

    /// Puts one more table in reserve.
    ///
    /// # Errors
    /// If there is no frame for it.
    pub(crate) fn deposit(&mut self, phys: &mut Phys) -> Result<(), OutOfFrames> {
        self.deposits.push(alloc_table(phys)?);
        self.account_table(phys);
        Ok(())
    }

    /// Puts an emptied table, which counts already, in reserve.
    pub(crate) fn deposit_table(&mut self, table: Pfn) {
        self.deposits.push(table);
    }

    /// Takes a table out of the reserve to use it; it goes on counting.
    pub(crate) fn withdraw(&mut self) -> Option<Pfn> {
        self.deposits.pop()
    }

    /// Frees one table of the reserve (Linux: `zap_deposited_table`).
    pub(crate) fn zap_deposited(&mut self, phys: &mut Phys) {
        if let Some(table) = self.deposits.pop() {
            phys.free_table(table);
            self.account_freed_table(phys);
        }
    }
}
