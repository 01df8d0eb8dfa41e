//! Entries after a change of rights (Linux: `change_protection` of `mm/mprotect.c`).
//!
//! An entry loses rights at once. It gains the right to write only where a write fault would do nothing more. Entries side by side
//! for pages of one large folio are changed together: what one says of use and stores all say afterwards.

use crate::paging::{Pte, PteFlags};
use crate::phys::FrameFlags;
use crate::vma::Vma;
use crate::walk::{MAX_ENTRIES, Slot, folio_batch};
use crate::{FlushOwed, Machine, MmId, Pfn, VirtAddr, VmFlags, VmaId};

const USED: PteFlags = PteFlags::ACCESSED.union(PteFlags::DIRTY);

impl Machine {
    /// Gives the entries of `start..end` the rights that mapping `id` has now.
    pub fn change_protection(&mut self, mm: MmId, id: VmaId, start: VirtAddr, end: VirtAddr) {
        let vma = *self.mm(mm).vmas.get(id);
        if let Some(level) = vma.hugetlb_level() {
            return self.hugetlb_protect(mm, &vma, level, start, end);
        }
        let whole = self.mm(mm).tables.format.span(1);
        let mut addr = start;
        while addr < end {
            let (slot, next) = self.mm(mm).tables.slot(&self.phys, addr, end);
            match slot {
                Slot::Empty => {}
                Slot::Huge(at, pte) if next - addr == whole => {
                    let changed = self.protect_entry(&vma, pte);
                    self.set_entry(at, changed);
                }
                Slot::Huge(at, pte) => {
                    self.split_huge(mm, &vma, at, pte, addr);
                    continue;
                }
                Slot::Table(table) => self.protect_table(mm, &vma, table, addr..next),
            }
            addr = next;
        }
        self.flush(FlushOwed::range(mm, start, end));
    }

    fn protect_table(&mut self, mm: MmId, vma: &Vma, table: Pfn, range: std::ops::Range<VirtAddr>) {
        let run = self.mm(mm).tables.run(table, range.start, range.end);
        let mut buffer = [0; MAX_ENTRIES];
        let words = &mut buffer[..run.len];
        self.phys.read_run(run, words);
        let (mut batched, mut used) = (0, PteFlags::empty());
        for i in 0..run.len {
            let pte = Pte(words[i]);
            if !pte.is_mapped() {
                continue;
            }
            if i >= batched {
                let (entries, merged) = folio_batch(&self.phys, &words[i..], PteFlags::empty());
                (batched, used) = (i + entries, merged.flags() & USED);
            }
            words[i] = self.protect_entry(vma, pte.with(used)).0;
        }
        self.phys.write_run(run, words);
    }

    fn protect_entry(&self, vma: &Vma, pte: Pte) -> Pte {
        let changed = pte.modify(vma.page_prot);
        if !changed.is_writable() && self.can_change_writable(vma, changed) {
            return changed.with(PteFlags::WRITABLE);
        }
        changed
    }

    /// Whether a write fault would only set the bit (Linux: `can_change_pte_writable`, `can_change_pmd_writable`): private pages that
    /// are exclusive, and shared ones that are dirty already.
    fn can_change_writable(&self, vma: &Vma, pte: Pte) -> bool {
        if !vma.flags.contains(VmFlags::WRITE) || pte.is_protnone() {
            return false;
        }
        if vma.flags.contains(VmFlags::SHARED) {
            return pte.is_dirty();
        }
        let exclusive = FrameFlags::ANON | FrameFlags::ANON_EXCLUSIVE;
        !pte.is_special() && self.phys.frame(pte.pfn()).has(exclusive)
    }
}
