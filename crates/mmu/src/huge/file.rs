//! Huge pages of files: a folio of 2 MiB in the page cache, mapped by one entry of level 1 (Linux: `do_set_pmd`, and what
//! `__split_huge_pmd_locked` and `zap_huge_pmd` do for other than anonymous memory). No table is kept in reserve for it: split, it
//! is unmapped.

use super::huge_range;
use crate::account::RssDelta;
use crate::fault::{Fault, may_write};
use crate::paging::{EntryRef, Pte, PteFlags};
use crate::phys::FrameFlags;
use crate::vma::Vma;
use crate::{Backing, Machine, MmId, Pfn, VirtAddr, VmFlags};

impl Machine {
    /// Maps the whole folio of `pfn` around the fault if it is a huge one, fits the mapping and nothing is at level 1 yet.
    pub(crate) fn map_huge_file(&mut self, fault: &Fault, pfn: Pfn) -> bool {
        let head = self.folio_head(pfn);
        let format = self.mm(fault.mm).tables.format;
        let vma = &fault.vma;
        let fits = self.folio_order(head) == format.index_bits
            && self.has_huge_pages()
            && !vma.flags.contains(VmFlags::NOHUGEPAGE)
            && self.is_huge_aligned(vma)
            && huge_range(vma, fault.addr, format.span(1)).is_some()
            && self.is_within_file(vma, head);
        let Some(above) = self.mm(fault.mm).tables.entry(&self.phys, fault.addr, 1).filter(|_| fits) else {
            return false;
        };
        if !self.mm(fault.mm).tables.read(&self.phys, above).is_none() {
            return false;
        }
        let entry = Pte::new(head, vma.page_prot | PteFlags::HUGE | PteFlags::ACCESSED);
        let entry = if fault.write { may_write(entry.with(PteFlags::DIRTY), vma) } else { entry };
        self.set_huge_file(fault.mm, above, head, entry);
        self.mlock_folio(&fault.vma, head, self.folio_nr_pages(head));
        true
    }

    /// Puts the entry for the whole folio at `head` in, and counts it.
    pub(crate) fn set_huge_file(&mut self, mm: MmId, above: EntryRef, head: Pfn, entry: Pte) {
        for i in 0..self.folio_nr_pages(head) {
            self.bring_in(head + i);
        }
        self.set_entry(above, entry);
        self.folios.add_entire(head, mm);
        let mut rss = RssDelta::default();
        rss.add(self.phys.frame(head), 1 << self.huge_order());
        self.account_rss(mm, rss);
    }

    /// Whether the mapping shows the file's aligned blocks at aligned addresses.
    pub(crate) fn is_huge_aligned(&self, vma: &Vma) -> bool {
        let pages = 1_u64 << self.huge_order();
        (vma.start.get() >> self.page_shift()).wrapping_sub(vma.pgoff).is_multiple_of(pages)
    }

    /// A folio that goes beyond the end of its file is mapped page by page, for the sake of SIGBUS; not so in tmpfs.
    fn is_within_file(&self, vma: &Vma, head: Pfn) -> bool {
        vma.inode.is_some_and(|id| {
            let inode = self.files.inode(id);
            let end = self.phys.frame(head).index() + u64::from(self.folio_nr_pages(head));
            inode.backing == Backing::Shmem || end <= inode.size_pages()
        })
    }

    /// Takes the entry for a file's huge page away, as its split; what it knew of use and stores goes to the folio.
    pub(super) fn split_huge_file(&mut self, mm: MmId, above: EntryRef, pmd: Pte) {
        if pmd.is_dirty() {
            self.folio_mark_dirty(pmd.pfn());
        }
        if pmd.is_young() {
            self.phys.frame_mut(pmd.pfn()).insert(FrameFlags::REFERENCED);
        }
        let mut rss = RssDelta::default();
        self.drop_huge_file(mm, above, pmd.pfn(), &mut rss);
        self.account_rss(mm, rss);
    }

    pub(super) fn drop_huge_file(&mut self, mm: MmId, above: EntryRef, head: Pfn, rss: &mut RssDelta) {
        self.set_entry(above, Pte::NONE);
        rss.add(self.phys.frame(head), -(1 << self.huge_order()));
        self.folios.remove_entire(head, mm);
    }

    /// The fault's place in the tables at level 1 is empty.
    pub(crate) fn level_one_is_empty(&self, mm: MmId, addr: VirtAddr) -> bool {
        let tables = &self.mm(mm).tables;
        tables.entry(&self.phys, addr, 1).is_none_or(|at| tables.read(&self.phys, at).is_none())
    }
}
