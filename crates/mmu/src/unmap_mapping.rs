//! From a file's pages to the entries that show them (Linux: `unmap_mapping_range`, `page_mkclean`; `rmap_walk_file`).

use crate::fork::is_cow_mapping;
use crate::ids::InodeId;
use crate::paging::PteFlags;
use crate::vma::{RmapMember, Vma};
use crate::walk::Slot;
use crate::zap::ZapDetails;
use crate::{FlushOwed, Machine, MmId, Pfn, VirtAddr};

impl Machine {
    /// Takes the pages `start..end` of a file out of all page tables; with `even_cows` also the private copies made of them.
    pub fn unmap_mapping_range(&mut self, inode: InodeId, start: u64, end: u64, even_cows: bool) {
        let details = ZapDetails { even_cows, ..ZapDetails::KEEP_MARKERS };
        for (member, vma) in self.file_mappings(inode, start, end) {
            let (from, to) = self.shown(&vma, start, end);
            self.zap(member.mm, &vma, from, to, details);
        }
    }

    /// Makes all entries that map a page of the folio read-only and clean, so that the next store faults.
    pub fn page_mkclean(&mut self, head: Pfn) {
        let frame = self.phys.frame(head);
        let (inode, start) = (InodeId(frame.mapping), frame.index());
        let end = start + u64::from(self.folio_nr_pages(head));
        for (member, vma) in self.file_mappings(inode, start, end) {
            if is_cow_mapping(vma.flags) {
                continue;
            }
            let (from, to) = self.shown(&vma, start, end);
            self.clean_entries(member.mm, from, to);
        }
    }

    /// The mappings that show one of the pages `start..end` of a file.
    pub(crate) fn file_mappings(&self, inode: InodeId, start: u64, end: u64) -> Vec<(RmapMember, Vma)> {
        let mut members = Vec::new();
        if end > start {
            self.i_mmap.mappings(inode, start, end - 1, &mut members);
        }
        members.into_iter().map(|m| (m, *self.mm(m.mm).vmas.get(m.vma))).collect()
    }

    /// The addresses at which a mapping shows pages of `start..end`.
    pub(crate) fn shown(&self, vma: &Vma, start: u64, end: u64) -> (VirtAddr, VirtAddr) {
        let shift = self.page_shift();
        let pages = vma.len_bytes() >> shift;
        let from = start.saturating_sub(vma.pgoff).min(pages);
        let to = end.saturating_sub(vma.pgoff).min(pages);
        (vma.start + (from << shift), vma.start + (to << shift))
    }

    fn clean_entries(&mut self, mm: MmId, start: VirtAddr, end: VirtAddr) {
        let mut addr = start;
        while addr < end {
            let (slot, next) = self.mm(mm).tables.slot(&self.phys, addr, end);
            match slot {
                Slot::Empty => {}
                Slot::Huge(at, pmd) => {
                    self.set_entry(at, pmd.without(PteFlags::WRITABLE | PteFlags::DIRTY));
                }
                Slot::Table(table) => {
                    let run = self.mm(mm).tables.run(table, addr, next);
                    self.phys.change_run(run, |pte| match pte.is_mapped() {
                        true => pte.without(PteFlags::WRITABLE | PteFlags::DIRTY),
                        false => pte,
                    });
                }
            }
            addr = next;
        }
        self.flush(FlushOwed::range(mm, start, end));
    }
}
