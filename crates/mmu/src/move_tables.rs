//! Moving pages to another address (Linux: `move_page_tables` of `mm/mremap.c`): whole tables where both ends are aligned to them,
//! else entry by entry.

use crate::paging::{EntryRef, Pte, PteFlags};
use crate::phys::OutOfFrames;
use crate::walk::{MAX_ENTRIES, Run};
use crate::{FlushOwed, Machine, MmId, VirtAddr, VmaId};

/// What is still to be moved.
#[derive(Clone, Copy, Debug)]
struct Move {
    mm: MmId,
    old: VmaId,
    from: VirtAddr,
    to: VirtAddr,
    end: VirtAddr,
}

impl Machine {
    /// Moves what `len` bytes at `from` of mapping `old` hold to `to` in mapping `new`, where nothing is yet. Without frames for
    /// tables the rest stays where it is.
    pub(crate) fn move_page_tables(
        &mut self,
        mm: MmId,
        old: VmaId,
        from: VirtAddr,
        new: VmaId,
        to: VirtAddr,
        len: u64,
    ) {
        let mut todo = Move { mm, old, from, to, end: from + len };
        self.realign(&mut todo, new);
        let owed = FlushOwed::range(mm, todo.from, todo.end);
        while todo.from < todo.end {
            let Ok(moved) = self.move_step(&todo) else { break };
            todo.from = todo.from + moved;
            todo.to = todo.to + moved;
        }
        self.flush(owed);
    }

    /// Lets the move begin at the table's start, if nothing else is mapped between there and both mappings' starts (Linux:
    /// `try_realign_addr`): then the first table can be moved whole.
    fn realign(&self, todo: &mut Move, new: VmaId) {
        let span = self.mm(todo.mm).tables.format.span(1);
        let into = todo.from.get() & (span - 1);
        let reaches = todo.end - todo.from >= span - into;
        if into != 0
            && reaches
            && into == todo.to.get() & (span - 1)
            && self.can_align_down(todo.mm, todo.old, todo.from, into)
            && self.can_align_down(todo.mm, new, todo.to, into)
        {
            todo.from = todo.from - into;
            todo.to = todo.to - into;
        }
    }

    fn can_align_down(&self, mm: MmId, id: VmaId, addr: VirtAddr, by: u64) -> bool {
        let vmas = &self.mm(mm).vmas;
        vmas.get(id).start == addr && vmas.intersection(addr - by, addr).is_none()
    }

    /// Moves what one table at most holds: how many bytes are done with.
    fn move_step(&mut self, todo: &Move) -> Result<u64, OutOfFrames> {
        let top = self.mm(todo.mm).tables.format.levels - 1;
        for level in (1..=top.min(2)).rev() {
            let span = self.mm(todo.mm).tables.format.span(level);
            let extent = todo.extent(span);
            let (tables, phys) = self.tables_mut(todo.mm);
            let Some(from) = tables.entry(phys, todo.from, level) else { return Ok(extent) };
            let entry = tables.read(phys, from);
            if entry.is_none() {
                return Ok(extent);
            }
            let to = tables.ensure(phys, todo.to, level)?;
            if extent == span && self.move_table(from, to) {
                return Ok(extent);
            }
            if level == 1 && entry.has(PteFlags::HUGE) {
                let vma = *self.mm(todo.mm).vmas.get(todo.old);
                self.split_huge(todo.mm, &vma, from, entry, todo.from);
            }
        }
        let piece = (MAX_ENTRIES as u64) << self.page_shift();
        let extent = todo.extent(piece.min(self.mm(todo.mm).tables.format.span(1)));
        self.move_entries(todo, extent)?;
        Ok(extent)
    }

    /// Hangs what stands below `from`, a table or a huge page, below `to`, if nothing is there.
    fn move_table(&mut self, from: EntryRef, to: EntryRef) -> bool {
        let (entry, there) = (self.phys.pte(from), self.phys.pte(to));
        if there.is_none() {
            self.set_entry(from, Pte::NONE);
            self.set_entry(to, entry);
            self.phys.near_tables.forget();
        }
        there.is_none()
    }

    /// Moves the entries of `extent` bytes, which one table holds on either side.
    fn move_entries(&mut self, todo: &Move, extent: u64) -> Result<(), OutOfFrames> {
        let (tables, phys) = self.tables_mut(todo.mm);
        let Some(source) = tables.entry(phys, todo.from, 0) else { return Ok(()) };
        let target = tables.ensure(phys, todo.to, 0)?;
        let from = tables.run(source.table, todo.from, todo.from + extent);
        let to = Run { table: target.table, first: target.index as usize, len: from.len };
        let mut moved = [Pte::NONE.0; MAX_ENTRIES];
        self.phys.read_run(from, &mut moved[..from.len]);
        self.phys.fill_run(from, Pte::NONE);
        self.phys.write_run(to, &moved[..from.len]);
        Ok(())
    }
}

impl Move {
    /// The bytes up to the next multiple of `span` on either side, or to the end.
    fn extent(&self, span: u64) -> u64 {
        let to_next = |addr: VirtAddr| span - (addr.get() & (span - 1));
        to_next(self.from).min(to_next(self.to)).min(self.end - self.from)
    }
}
