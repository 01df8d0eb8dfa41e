//! Splitting a large folio into base pages (Linux: `split_folio`, `__folio_split`).
//!
//! All entries for the whole folio are split first. Anonymous pages stay mapped, those that nobody maps are freed, and those that
//! hold only zeroes give way to the zero page (`try_to_map_unused_to_zeropage`). Pages of a file are unmapped.

use crate::account::RssDelta;
use crate::ids::InodeId;
use crate::paging::{Pte, PteFlags};
use crate::phys::{FrameFlags, ZERO_PFN};
use crate::rmap::walk::Mapped;
use crate::{FlushOwed, Machine, Pfn, VmFlags};

/// What each page inherits from the folio.
const INHERITED: FrameFlags = FrameFlags::ANON
    .union(FrameFlags::SWAPBACKED)
    .union(FrameFlags::DIRTY)
    .union(FrameFlags::REFERENCED)
    .union(FrameFlags::ACTIVE)
    .union(FrameFlags::LRU)
    .union(FrameFlags::MLOCKED)
    .union(FrameFlags::WORKINGSET);

impl Machine {
    /// Splits the large folio at `head`: whether that could be. The buffers of one that is to be written out are in use
    /// (`filemap_release_folio`).
    pub(crate) fn split_folio_of(&mut self, head: Pfn) -> bool {
        let frame = self.phys.frame(head);
        if frame.has(FrameFlags::ANON) {
            self.split_anon_folio(head);
            return true;
        }
        let inode = InodeId(frame.mapping);
        if frame.has(FrameFlags::DIRTY) && !frame.has(FrameFlags::SWAPBACKED) {
            return false;
        }
        self.split_folio(inode, head);
        true
    }

    /// Whether a page of the large anonymous folio is mapped nowhere (Linux: PG_partially_mapped).
    pub(crate) fn is_partially_mapped(&self, head: Pfn) -> bool {
        let pages = self.folio_nr_pages(head);
        self.folios.get(head).entire == 0 && (0..pages).any(|i| self.phys.frame(head + i).mapcount() == 0)
    }

    fn split_anon_folio(&mut self, head: Pfn) {
        self.phys.vmstat.thp_split_page += 1;
        for mapped in self.split_unchanged(head) {
            self.show_zero_page(&mapped);
        }
    }

    /// Splits the large anonymous folio at `head`, which is on no list: those of its pages that are left, in order.
    pub(crate) fn split_isolated(&mut self, head: Pfn) -> Vec<Pfn> {
        let pages = self.folio_nr_pages(head);
        self.split_anon_folio(head);
        (0..pages).map(|i| head + i).filter(|pfn| self.phys.frame(*pfn).has(FrameFlags::ANON)).collect()
    }

    /// The same, but that pages of zeroes stay: the entries for all its pages.
    pub(crate) fn split_unchanged(&mut self, head: Pfn) -> Vec<Mapped> {
        for mapped in self.folio_entries(head).into_iter().filter(|mapped| mapped.huge) {
            self.split_huge(mapped.mm, &mapped.vma, mapped.at, mapped.pte, mapped.addr);
        }
        let entries = self.folio_entries(head);
        if entries.iter().any(|mapped| mapped.pte.is_dirty()) {
            self.phys.frame_mut(head).insert(FrameFlags::DIRTY);
        }
        // Linux unmaps it for the while, which unlocks it in locked mappings, and does not lock what it maps again.
        entries.iter().for_each(|mapped| self.munlock_folio(&mapped.vma, head));
        self.make_base_pages(head);
        entries
    }

    fn make_base_pages(&mut self, head: Pfn) {
        let pages = 1_u32 << self.phys.frame(head).order();
        let inherited = self.phys.frame(head).flags() & INHERITED;
        self.folios.forget(head);
        for i in 0..pages {
            let frame = self.phys.frame_mut(head + i);
            frame.remove(FrameFlags::HEAD | FrameFlags::TAIL | FrameFlags::HUGE | FrameFlags::SWAPBACKED);
            frame.insert(inherited);
            frame.set_order(0);
        }
        self.phys.lru_split(head..head + pages);
        for pfn in (0..pages).map(|i| head + i) {
            if self.phys.frame(pfn).mapcount() == 0 {
                self.phys.free(pfn);
            }
        }
    }

    /// Puts the zero page where a page of only zeroes is mapped.
    fn show_zero_page(&mut self, mapped: &Mapped) {
        let pfn = mapped.pte.pfn();
        let locked =
            mapped.vma.flags.contains(VmFlags::LOCKED) || self.phys.frame(pfn).has(FrameFlags::MLOCKED);
        if locked || self.phys.host().words(pfn).iter().any(|word| *word != 0) {
            return;
        }
        let zero = mapped.vma.page_prot | PteFlags::SPECIAL | PteFlags::ACCESSED;
        self.set_entry(mapped.at, Pte::new(ZERO_PFN, zero));
        self.account_rss(mapped.mm, RssDelta::anon(-1));
        self.rmap_remove(mapped.mm, pfn);
        self.flush(FlushOwed::page(mapped.mm, mapped.addr));
    }
}
