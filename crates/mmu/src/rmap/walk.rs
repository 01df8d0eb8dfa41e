//! From a folio to the entries that map it (Linux: `rmap_walk_anon`, `rmap_walk_file`, `page_vma_mapped_walk`).

use crate::account::RssDelta;
use crate::ids::{AnonVmaId, InodeId};
use crate::paging::{EntryRef, Pte};
use crate::phys::FrameFlags;
use crate::vma::Vma;
use crate::walk::Slot;
use crate::{FlushOwed, Machine, MmId, Pfn, VirtAddr};

/// An entry that maps pages of a folio.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mapped {
    pub(crate) mm: MmId,
    pub(crate) vma: Vma,
    pub(crate) addr: VirtAddr,
    pub(crate) at: EntryRef,
    pub(crate) pte: Pte,
    /// It maps the folio as a whole.
    pub(crate) huge: bool,
}

impl Machine {
    /// All entries that map the folio at `head` or one of its pages.
    pub(crate) fn folio_entries(&self, head: Pfn) -> Vec<Mapped> {
        let frame = self.phys.frame(head);
        let pages = 1_u32 << frame.order();
        let (first, last) = (frame.index(), frame.index() + u64::from(pages) - 1);
        let mut members = Vec::new();
        if frame.has(FrameFlags::ANON) {
            self.anon.mappings(AnonVmaId(frame.mapping), first, last, &mut members);
        } else {
            self.i_mmap.mappings(InodeId(frame.mapping), first, last, &mut members);
        }
        let mut found = Vec::new();
        for member in members {
            let vma = *self.mm(member.mm).vmas.get(member.vma);
            let (from, to) = self.shown(&vma, first, last + 1);
            self.entries_of(member.mm, &vma, from..to, head..head + pages, &mut found);
        }
        found
    }

    fn entries_of(
        &self,
        mm: MmId,
        vma: &Vma,
        range: std::ops::Range<VirtAddr>,
        pages: std::ops::Range<Pfn>,
        found: &mut Vec<Mapped>,
    ) {
        let page = self.page_size();
        let mut addr = range.start;
        while addr < range.end {
            let tables = &self.mm(mm).tables;
            let (slot, next) = tables.slot(&self.phys, addr, range.end);
            let ours = |pte: Pte| pte.is_mapped() && !pte.is_special() && pages.contains(&pte.pfn());
            match slot {
                Slot::Empty => {}
                Slot::Huge(at, pte) if ours(pte) => {
                    found.push(Mapped { mm, vma: *vma, addr, at, pte, huge: true });
                }
                Slot::Huge(..) => {}
                Slot::Table(table) => {
                    let run = tables.run(table, addr, next);
                    for i in 0..run.len {
                        let (at, addr) = (run.entry(i), addr + i as u64 * page);
                        let pte = tables.read(&self.phys, at);
                        if ours(pte) {
                            found.push(Mapped { mm, vma: *vma, addr, at, pte, huge: false });
                        }
                    }
                }
            }
            addr = next;
        }
    }

    /// Takes a file's folio out of all page tables; what the entries know of stores goes to it (Linux: `try_to_unmap`).
    pub(crate) fn unmap_folio(&mut self, head: Pfn) {
        let mut unlocked = None;
        for mapped in self.folio_entries(head) {
            if mapped.pte.is_dirty() {
                self.folio_mark_dirty(head);
            }
            let mut rss = RssDelta::default();
            self.set_entry(mapped.at, Pte::NONE);
            if unlocked.replace((mapped.mm, mapped.vma.start)) != Some((mapped.mm, mapped.vma.start)) {
                self.munlock_folio(&mapped.vma, head);
            }
            if mapped.huge {
                rss.add(self.phys.frame(head), -(1 << self.huge_order()));
                self.folios.remove_entire(head, mapped.mm);
            } else {
                rss.add(self.phys.frame(head), -1);
                self.rmap_remove(mapped.mm, mapped.pte.pfn());
            }
            self.account_rss(mapped.mm, rss);
            self.flush(FlushOwed::page(mapped.mm, mapped.addr));
        }
    }

    /// Frees a lazily freeable anonymous folio, unless it was written again: then it is as any other from now on. Entries for a huge
    /// one are split first, as was measured.
    pub(crate) fn discard_lazyfree(&mut self, head: Pfn) {
        for m in self.folio_entries(head).iter().filter(|mapped| mapped.huge) {
            self.split_huge(m.mm, &m.vma, m.at, m.pte, m.addr);
        }
        let entries = self.folio_entries(head);
        let written = self.phys.frame(head).has(FrameFlags::DIRTY)
            || entries.iter().any(|mapped| mapped.pte.is_dirty());
        if written && !entries.iter().any(|m| m.vma.flags.contains(crate::VmFlags::DROPPABLE)) {
            self.phys.frame_mut(head).insert(FrameFlags::SWAPBACKED | FrameFlags::DIRTY);
            return;
        }
        for mapped in entries {
            let mut rss = RssDelta::default();
            self.set_entry(mapped.at, Pte::NONE);
            rss.anon -= 1;
            self.munlock_folio(&mapped.vma, mapped.pte.pfn());
            self.rmap_remove(mapped.mm, mapped.pte.pfn());
            self.account_rss(mapped.mm, rss);
            self.flush(FlushOwed::page(mapped.mm, mapped.addr));
        }
    }
}
