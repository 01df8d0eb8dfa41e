//! Takes a page out of every page table (Linux: `try_to_unmap`). Where an anonymous page was, its swap slot is named.

use super::referenced::Site;
use crate::account::RssDelta;
use crate::paging::Pte;
use crate::paging::table::Lookup;
use crate::phys::FrameFlags;
use crate::rmap::is_large;
use crate::tlb::FlushOwed;
use crate::{Machine, Pfn, VmFlags};

impl Machine {
    /// Unmaps the folio that begins with `head` everywhere; false if it stays mapped somewhere (a locked mapping).
    pub(super) fn try_to_unmap(&mut self, head: Pfn) -> bool {
        if self.folios.get(head).entire > 0 {
            let entries = self.folio_entries(head);
            for m in entries.iter().filter(|m| m.huge && !m.vma.flags.contains(VmFlags::LOCKED)) {
                self.split_huge(m.mm, &m.vma, m.at, m.pte, m.addr);
            }
        }
        for pfn in (0..self.folio_nr_pages(head)).map(|i| head + i) {
            for site in self.rmap_sites(pfn) {
                if !site.flags.contains(VmFlags::LOCKED) {
                    self.unmap_site(&site, pfn);
                }
            }
        }
        !self.folio_mapped(head)
    }

    fn unmap_site(&mut self, site: &Site, pfn: Pfn) {
        let Lookup::Base(at, pte) = self.mm(site.mm).tables.lookup(&self.phys, site.addr) else { return };
        let frame = self.phys.frame(pfn);
        let mut delta = RssDelta::default();
        delta.add(frame, -1);
        let entry = match self.swap.slot_of(pfn).filter(|_| frame.has(FrameFlags::ANON)) {
            Some(slot) => {
                self.swap.add_reference(slot);
                delta.swap += 1;
                Pte::swap(slot, frame.has(FrameFlags::ANON_EXCLUSIVE))
            }
            None => Pte::NONE,
        };
        if pte.is_dirty() {
            self.mark_unmapped_dirty(pfn);
        }
        self.set_entry(at, entry);
        if is_large(self.phys.frame(pfn)) {
            self.rmap_remove(site.mm, pfn);
        } else {
            self.phys.frame_mut(pfn).dec_mapcount();
        }
        self.account_rss(site.mm, delta);
        self.flush(FlushOwed::page(site.mm, site.addr));
    }

    fn mark_unmapped_dirty(&mut self, pfn: Pfn) {
        if self.phys.frame(pfn).has(FrameFlags::FILE) {
            self.set_page_dirty(pfn);
        } else {
            self.phys.frame_mut(pfn).insert(FrameFlags::DIRTY);
        }
    }
}
