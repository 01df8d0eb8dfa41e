//! Freeing page tables that no mapping needs any more (Linux: `free_pgtables`, `free_pgd_range`).

use crate::paging::table::PageTables;
use crate::paging::{EntryRef, PteFlags};
use crate::phys::Phys;
use crate::{FlushOwed, Machine, MmId, Pfn, VirtAddr};

/// Between the mappings left on both sides: a table is freed if its whole range lies in here.
#[derive(Clone, Copy, Debug)]
struct Room {
    floor: u64,
    /// 0: the end of the address space.
    ceiling: u64,
}

impl Room {
    fn holds(self, base: u64, span: u64) -> bool {
        base >= self.floor && (self.ceiling == 0 || base + (span - 1) < self.ceiling)
    }
}

impl Machine {
    /// Frees the tables of `start..end`, from which all is unmapped, where their whole range lies in `floor..ceiling`: from the end
    /// of the mapping before to the start of the one behind (0: there is none).
    pub fn free_pgtables(
        &mut self,
        mm: MmId,
        start: VirtAddr,
        end: VirtAddr,
        floor: VirtAddr,
        ceiling: VirtAddr,
    ) {
        let room = Room { floor: floor.get(), ceiling: ceiling.get() };
        let (tables, phys) = self.tables_mut(mm);
        let top = tables.format.levels - 1;
        if top == 0 {
            return;
        }
        let root = (tables.root, top);
        let before = tables.table_bytes;
        free_below(tables, phys, root, start.get()..end.get(), room);
        if tables.table_bytes != before {
            self.flush(FlushOwed::range(mm, start, end));
        }
    }
}

/// Frees what hangs below `table`, at `level`, for `range`.
fn free_below(
    tables: &mut PageTables,
    phys: &mut Phys,
    (table, level): (Pfn, u32),
    range: std::ops::Range<u64>,
    room: Room,
) {
    let span = tables.format.span(level);
    let mut addr = range.start;
    while addr < range.end {
        let base = addr & !(span - 1);
        let next = base.saturating_add(span).min(range.end);
        let at = EntryRef::new(table, tables.format.index(addr, level), level);
        let pte = tables.read(phys, at);
        if pte.is_present() && !pte.has(PteFlags::HUGE) {
            if level > 1 {
                free_below(tables, phys, (pte.pfn(), level - 1), addr..next, room);
            }
            if room.holds(base, span) {
                tables.free_table(phys, at);
            }
        }
        addr = next;
    }
}
