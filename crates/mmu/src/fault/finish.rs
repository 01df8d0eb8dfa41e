//! Entries for a file's page, and for the whole large folio that it is in (Linux: `finish_fault`, `set_pte_range`).

use super::{Fault, FaultError, may_write};
use crate::account::RssDelta;
use crate::file::Backing;
use crate::paging::{EntryRef, Pte, PteFlags};
use crate::{Machine, Pfn, VirtAddr};

/// Pages of one folio that are to be mapped side by side in one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// The first page.
    pub(super) pfn: Pfn,
    /// Where it goes.
    pub(super) addr: VirtAddr,
    /// How many.
    pub(super) pages: u32,
}

impl Machine {
    /// Maps `pfn` at the fault's address; with it the rest of its folio, if that fits and nothing is there yet.
    pub(super) fn finish_fault(&mut self, fault: &Fault, pfn: Pfn) -> Result<(), FaultError> {
        if self.map_huge_file(fault, pfn) {
            return Ok(());
        }
        let at = self.entry_for(fault)?;
        let whole = self.whole_folio(fault, pfn, fault.addr);
        let piece = match whole {
            Some(piece) if self.all_none(at.table, piece) => piece,
            _ => Piece { pfn, addr: fault.addr, pages: 1 },
        };
        self.set_entries(fault, at.table, piece);
        Ok(())
    }

    /// The whole folio of `pfn`, which goes to `addr`, if the mapping, one table and the file hold all of it.
    pub(super) fn whole_folio(&self, fault: &Fault, pfn: Pfn, addr: VirtAddr) -> Option<Piece> {
        let head = self.folio_head(pfn);
        let pages = self.folio_nr_pages(head);
        let inode = self.files.inode(fault.vma.inode?);
        if pages == 1
            || inode.backing != Backing::Shmem
                && inode.size_pages() < self.phys.frame(head).index() + u64::from(pages)
        {
            return None;
        }
        let format = self.mm(fault.mm).tables.format;
        let before = u64::from(pfn.0 - head.0) << format.page_shift;
        let start = VirtAddr::new(addr.get().checked_sub(before)?);
        let bytes = u64::from(pages) << format.page_shift;
        let one_table = start.align_down(format.span(1)) == (start + (bytes - 1)).align_down(format.span(1));
        (start >= fault.vma.start && start + bytes <= fault.vma.end && one_table).then_some(Piece {
            pfn: head,
            addr: start,
            pages,
        })
    }

    fn all_none(&self, table: Pfn, piece: Piece) -> bool {
        (0..piece.pages).all(|i| self.piece_entry(table, piece, i).1.is_none())
    }

    /// The entry for page `i` of the piece.
    pub(super) fn piece_entry(&self, table: Pfn, piece: Piece, i: u32) -> (EntryRef, Pte) {
        let first = self.config.format.index(piece.addr.get(), 0);
        let at = EntryRef::base(table, first + i as usize);
        (at, self.phys.pte(at))
    }

    /// Maps the piece, whose entries are empty, with the mapping's rights; a write fault's are writable and dirty.
    pub(super) fn set_entries(&mut self, fault: &Fault, table: Pfn, piece: Piece) {
        let dirty = self.page_dirty(piece.pfn);
        for i in 0..piece.pages {
            let pfn = piece.pfn + i;
            self.bring_in(pfn);
            let mut entry = Pte::new(pfn, fault.vma.page_prot | PteFlags::ACCESSED);
            if fault.write {
                entry = may_write(entry.with(PteFlags::DIRTY), &fault.vma);
            } else if entry.is_writable() && dirty {
                entry = entry.with(PteFlags::DIRTY);
            }
            let (at, _) = self.piece_entry(table, piece, i);
            self.set_entry(at, entry);
            self.rmap_add(fault.mm, pfn);
        }
        self.mlock_folio(&fault.vma, piece.pfn, piece.pages);
        let mut rss = RssDelta::default();
        rss.add(self.phys.frame(piece.pfn), i64::from(piece.pages));
        self.account_rss(fault.mm, rss);
    }
}
