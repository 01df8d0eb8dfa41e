//! Mapping what the page cache has around a read fault (Linux: `do_fault_around`, `filemap_map_pages`;
//! `fault_around_bytes` is 64 KiB).

use super::finish::Piece;
use super::{Fault, FaultError};
use crate::file::Backing;
use crate::ids::InodeId;
use crate::{Machine, Pfn, VirtAddr};
use serde::{Deserialize, Serialize};

const FAULT_AROUND_BYTES: u64 = 64 << 10;

/// Page indices of a file to look at, and where the first goes.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Window {
    first: u64,
    last: u64,
    addr: VirtAddr,
}

impl Machine {
    /// Maps the cached pages of the block around the fault whose entries are empty: whether the fault's own is among them.
    pub(super) fn fault_around(&mut self, fault: &Fault) -> Result<bool, FaultError> {
        let (Some(inode), Some(file)) = (fault.vma.inode, fault.vma.file) else { return Ok(false) };
        let mut window = self.around_window(fault);
        let pages = self.files.inode(inode).size_pages();
        window.last = window.last.min(pages.saturating_sub(1));
        if pages == 0 || self.lacks_table(fault, inode, window) {
            return Ok(false);
        }
        let (mut index, mut mapped, mut hits) = (window.first, false, 0);
        while index <= window.last {
            let Some(pfn) = self.filemap_map_page(inode, index) else {
                index += 1;
                continue;
            };
            if !self.reaches_end(inode, pfn) && self.map_huge_file(fault, pfn) {
                return Ok(true);
            }
            let addr = window.addr + ((index - window.first) << self.page_shift());
            let head = self.folio_head(pfn);
            let behind = self.phys.frame(head).index() + u64::from(self.folio_nr_pages(head));
            let part = Piece { pfn, addr, pages: (behind.min(window.last + 1) - index) as u32 };
            let whole = self.whole_folio(fault, pfn, addr).filter(|_| !self.reaches_end(inode, pfn));
            let piece = whole.unwrap_or(part);
            let table = self.entry_for(fault)?.table;
            mapped |= self.map_empty(fault, table, piece);
            hits += piece.pages;
            index = behind;
        }
        self.filemap_map_hits(file, hits);
        Ok(mapped)
    }

    /// Whether nothing is mapped around because there is no table yet and Linux 6.18 gives it one only if the first folio of
    /// the block ends before the last page of the file (`filemap_map_pmd` is not called otherwise).
    fn lacks_table(&self, fault: &Fault, inode: InodeId, window: Window) -> bool {
        let has_table = self.mm(fault.mm).tables.entry(&self.phys, fault.addr, 0).is_some();
        if has_table {
            return false;
        }
        let first = (window.first..=window.last).find_map(|index| self.mappable_page(inode, index));
        first.is_some_and(|pfn| self.reaches_end(inode, pfn))
    }

    /// Whether the page's folio holds the last page of a file that is not tmpfs's, or goes beyond: such a folio is not
    /// mapped whole around a fault.
    fn reaches_end(&self, inode: InodeId, pfn: Pfn) -> bool {
        let head = self.folio_head(pfn);
        let next = self.phys.frame(head).index() + u64::from(self.folio_nr_pages(head));
        let file = self.files.inode(inode);
        file.backing != Backing::Shmem && next >= file.size_pages()
    }

    /// The block aligned by address, cut at the mapping and at the table; where the mapping begins within a block, a block's
    /// length from there.
    fn around_window(&self, fault: &Fault) -> Window {
        let format = self.mm(fault.mm).tables.format;
        let shift = format.page_shift;
        let block = (FAULT_AROUND_BYTES >> shift).max(1);
        let at = format.index(fault.addr.get(), 0) as u64;
        let before = (fault.addr - fault.vma.start) >> shift;
        let behind = (fault.vma.end - fault.addr) >> shift;
        let from = (at & !(block - 1)).max(at - at.min(before));
        let to = (from + block).min(format.entries() as u64).min(at + behind) - 1;
        let index = fault.vma.page_index(fault.addr, shift);
        Window {
            first: index - (at - from),
            last: index + to - at,
            addr: fault.addr - ((at - from) << shift),
        }
    }

    /// Maps the pages of the piece whose entries are empty, those side by side at once: whether the fault's own was among them.
    fn map_empty(&mut self, fault: &Fault, table: Pfn, piece: Piece) -> bool {
        let at = |i: u32| piece.addr + (u64::from(i) << self.page_shift());
        let empty: Vec<bool> =
            (0..piece.pages).map(|i| self.piece_entry(table, piece, i).1.is_none()).collect();
        let mut first = 0;
        let mut pieces = Vec::new();
        for run in empty.chunk_by(|one, next| one == next) {
            let pages = run.len() as u32;
            if run[0] {
                pieces.push(Piece { pfn: piece.pfn + first, addr: at(first), pages });
            }
            first += pages;
        }
        let end = |piece: &Piece| piece.addr + (u64::from(piece.pages) << self.page_shift());
        let mapped = pieces.iter().any(|piece| (piece.addr..end(piece)).contains(&fault.addr));
        pieces.into_iter().for_each(|piece| self.set_entries(fault, table, piece));
        mapped
    }
}
