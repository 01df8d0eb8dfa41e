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
        let top = self.format.levels - 1;
        let frame_span = self.format.span(top + 1);
        for frame in 0..1 << self.format.root_order() {
            self.visit_table(phys, top, u64::from(frame) * frame_span, self.root + frame, seen);
        }
    }

    fn visit_table(&self, phys: &Phys, level: u32, start: u64, pfn: Pfn, seen: &mut impl FnMut(Visit)) {
        seen(Visit::Table { level, addr: self.format.sign_extend(start), pfn });
        for index in 0..self.format.entries() {
            let at = EntryRef::new(pfn, index, level);
            let (pte, start) = (phys.pte(at), start + index as u64 * self.format.span(level));
            if pte.is_none() {
                continue;
            }
            if level > 0 && pte.is_present() && !pte.has(PteFlags::HUGE) {
                self.visit_table(phys, level - 1, start, pte.pfn(), seen);
            } else {
                seen(Visit::Leaf { level, addr: self.format.sign_extend(start), at, pte });
            }
        }
    }
}
