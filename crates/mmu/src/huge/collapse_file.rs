//! MADV_COLLAPSE of shared memory: the pages of an aligned block, and zeroes where there is none, become one huge folio of the
//! page cache (Linux: `hpage_collapse_scan_file`, `collapse_file`, `retract_page_tables`, `collapse_pte_mapped_thp`).
//!
//! Other files have no huge pages by this way (CONFIG_READ_ONLY_THP_FOR_FS is not set).

use super::collapse::Scan;
use crate::ids::InodeId;
use crate::paging::{Pte, PteFlags};
use crate::phys::FrameFlags;
use crate::region::RegionError;
use crate::vma::Vma;
use crate::walk::Slot;
use crate::{FlushOwed, Machine, MmId, Pfn, VirtAddr};
use std::borrow::Cow;

impl Machine {
    /// Makes the block at `addr` of a mapping of shared memory huge, and maps it.
    pub(super) fn collapse_shared(&mut self, mm: MmId, vma: &Vma, addr: VirtAddr) -> Scan {
        let Some(inode) = vma.inode else { return Scan::Stop(RegionError::Invalid) };
        let tables = &self.mm(mm).tables;
        if let (Slot::Huge(..), _) = tables.slot(&self.phys, addr, addr + tables.format.span(1)) {
            return Scan::Huge;
        }
        let index = vma.page_index(addr, self.page_shift());
        let head = match self.huge_folio_at(inode, index) {
            Some(head) => head,
            None => match self.collapse_cache(inode, index) {
                Ok(head) => head,
                Err(error) => return Scan::Stop(error),
            },
        };
        self.show_collapsed(mm, vma, addr, head)
    }

    fn huge_folio_at(&self, inode: InodeId, index: u64) -> Option<Pfn> {
        self.find_page(inode, index).filter(|pfn| self.folio_order(*pfn) == self.huge_order())
    }

    /// Replaces the pages of the block by one huge folio, unmapped everywhere, and frees the tables that showed them.
    fn collapse_cache(&mut self, inode: InodeId, index: u64) -> Result<Pfn, RegionError> {
        let end = index + (1 << self.huge_order());
        for page in index..end {
            self.shmem_swap_in(inode, page).map_err(|_| RegionError::NoMemory)?;
        }
        let heads = self.folios_in(inode, index, end);
        if heads.is_empty() {
            return Err(RegionError::Invalid);
        }
        let mut content = Vec::new();
        for head in heads {
            self.unmap_folio(head);
            self.bring_in_folio(head);
            for i in 0..self.folio_nr_pages(head) {
                let at = self.phys.frame(head + i).index() - index;
                content.push((at as u32, self.phys.host().bytes(head + i).map(Cow::into_owned)));
            }
            self.filemap_remove_folio(inode, head);
        }
        let head =
            self.filemap_add_folio(inode, index, self.huge_order()).map_err(|_| RegionError::NoMemory)?;
        for (at, bytes) in content {
            if let Some(bytes) = bytes {
                self.phys.host_mut().write(head + at, 0, &bytes);
            }
        }
        for i in 0..self.folio_nr_pages(head) {
            let frame = self.phys.frame_mut(head + i);
            frame.remove(FrameFlags::NOT_UPTODATE);
        }
        self.folio_mark_dirty(head);
        self.retract_tables(inode, index, end);
        Ok(head)
    }

    /// Frees the emptied tables for the block in all mappings without pages of their own.
    fn retract_tables(&mut self, inode: InodeId, index: u64, end: u64) {
        for (member, vma) in self.file_mappings(inode, index, end) {
            let (from, to) = self.shown(&vma, index, end);
            let span = self.mm(member.mm).tables.format.span(1);
            if vma.anon_vma.is_none() && to - from == span && from.is_aligned(span) {
                self.retract_table(member.mm, from, to);
            }
        }
    }

    fn retract_table(&mut self, mm: MmId, from: VirtAddr, to: VirtAddr) {
        let tables = &self.mm(mm).tables;
        if let Slot::Table(table) = tables.slot(&self.phys, from, to).0
            && self.phys.is_empty_table(table)
        {
            self.free_base_table(mm, from);
            self.flush(FlushOwed::range(mm, from, to));
        }
    }

    /// Maps the huge folio in the mapping that asked for it, unless the table there holds something else.
    fn show_collapsed(&mut self, mm: MmId, vma: &Vma, addr: VirtAddr, head: Pfn) -> Scan {
        let span = self.mm(mm).tables.format.span(1);
        self.unmap_own_pages(mm, addr, head);
        self.retract_table(mm, addr, addr + span);
        if !self.level_one_is_empty(mm, addr) {
            return Scan::Stop(RegionError::Invalid);
        }
        let (tables, phys) = self.tables_mut(mm);
        let Ok(above) = tables.ensure(phys, addr, 1) else {
            return Scan::Stop(RegionError::NoMemory);
        };
        let entry = Pte::new(head, vma.page_prot | PteFlags::HUGE | PteFlags::ACCESSED);
        self.set_huge_file(mm, above, head, entry);
        Scan::Huge
    }

    /// Takes entries for pages of the folio itself out of the block's table.
    fn unmap_own_pages(&mut self, mm: MmId, addr: VirtAddr, head: Pfn) {
        let span = self.mm(mm).tables.format.span(1);
        let entries = self.folio_entries(head);
        let block = addr..addr + span;
        for mapped in entries.into_iter().filter(|m| m.mm == mm && !m.huge && block.contains(&m.addr)) {
            if mapped.pte.is_dirty() {
                self.folio_mark_dirty(head);
            }
            self.set_entry(mapped.at, Pte::NONE);
            let mut rss = crate::account::RssDelta::default();
            rss.add(self.phys.frame(head), -1);
            self.account_rss(mm, rss);
            self.rmap_remove(mm, mapped.pte.pfn());
        }
    }
}
