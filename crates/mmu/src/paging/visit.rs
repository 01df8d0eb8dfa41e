//! Going through all tables of an address space, for checks and views.

use super::table::PageTables;
use super::{EntryRef, Pte, PteFlags};
use crate::phys::Phys;
use crate::{Pfn, VirtAddr};

/// What a visit meets, in address order; a table before what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visit {
    /// A table whose entries are of this level; `addr` is the first address below it.
    Table {
        /// The level of its entries.
        level: u32,
        /// The first address it translates.
        addr: VirtAddr,
        /// Its frame.
        pfn: Pfn,
    },
    /// An entry that is not empty and points to no table.
    Leaf {
        /// Its level: 0 for a base page.
        level: u32,
        /// The first address it translates.
        addr: VirtAddr,
        /// Where it stands.
        at: EntryRef,
        /// What is in it.
        pte: Pte,
    },
}

impl PageTables {
    /// Shows every table and every leaf to `seen`.
    pub fn visit(&self, phys: &Phys, seen: &mut impl FnMut(Visit)) {
        self.visit_table(phys, self.format.levels - 1, 0, self.root, seen);
    }

    fn visit_table(&self, phys: &Phys, level: u32, start: u64, pfn: Pfn, seen: &mut impl FnMut(Visit)) {
        seen(Visit::Table { level, addr: self.format.sign_extend(start), pfn });
        for (index, &word) in phys.host().words(pfn).iter().enumerate() {
            let (pte, start) = (Pte(word), start + index as u64 * self.format.span(level));
            if pte.is_none() {
                continue;
            }
            if level > 0 && pte.is_present() && !pte.has(PteFlags::HUGE) {
                self.visit_table(phys, level - 1, start, pte.pfn(), seen);
            } else {
                let at = EntryRef { table: pfn, index: index as u32 };
                seen(Visit::Leaf { level, addr: self.format.sign_extend(start), at, pte });
            }
        }
    }
}
