//! MADV_COLLAPSE: base pages made into huge ones at once (Linux: `madvise_collapse`, `hpage_collapse_scan_pmd`,
//! `collapse_huge_page` of `mm/khugepaged.c`).

use super::huge_range;
use crate::account::RssDelta;
use crate::fault::{Fault, Try, may_write};
use crate::paging::{EntryRef, Pte, PteFlags};
use crate::region::RegionError;
use crate::vma::Vma;
use crate::walk::Slot;
use crate::{Backing, FlushOwed, Machine, MmId, Pfn, VirtAddr, VmFlags, VmaId};

/// How a block fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scan {
    /// It is a huge page now, or was one.
    Huge,
    /// It cannot be; others may.
    Refused,
    /// The rest is not tried: after an empty entry of a table that is there (SCAN_PMD_NONE), too.
    Stop(RegionError),
}

impl Machine {
    /// Makes each aligned block of `start..end` a huge page, holes filled with zeroes. No fault is counted.
    ///
    /// # Errors
    /// `Invalid` for a mapping that takes no huge pages or has no page of its own yet, or if a block has no page or a guard
    /// region; `NoMemory` without a free huge page.
    pub(crate) fn madvise_collapse(
        &mut self,
        mm: MmId,
        id: VmaId,
        start: VirtAddr,
        end: VirtAddr,
    ) -> Result<(), RegionError> {
        let vma = *self.mm(mm).vmas.get(id);
        let span = self.mm(mm).tables.format.span(1);
        if !self.may_collapse(&vma, span) {
            return Err(RegionError::Invalid);
        }
        let (first, last) = (start.align_up(span), end.align_down(span));
        if first > last {
            return Err(RegionError::Invalid);
        }
        let mut refused = false;
        let mut addr = first;
        while addr < last {
            match self.collapse_block(mm, &vma, addr, span) {
                Scan::Huge => {}
                Scan::Refused => refused = true,
                Scan::Stop(error) => return Err(error),
            }
            addr = addr + span;
        }
        if refused { Err(RegionError::Invalid) } else { Ok(()) }
    }

    /// Linux: `thp_vma_allowable_order` with TVA_FORCED_COLLAPSE.
    fn may_collapse(&self, vma: &Vma, span: u64) -> bool {
        let kind = if vma.is_anonymous() { vma.anon_vma.is_some() } else { self.is_huge_shmem(vma) };
        kind && self.has_huge_pages()
            && !vma.flags.contains(VmFlags::NOHUGEPAGE)
            && vma.len_bytes() >= span
            && huge_range(vma, vma.end - span, span).is_some()
    }

    fn is_huge_shmem(&self, vma: &Vma) -> bool {
        vma.inode.is_some_and(|id| self.files.inode(id).backing == Backing::Shmem)
            && self.is_huge_aligned(vma)
    }

    fn collapse_block(&mut self, mm: MmId, vma: &Vma, addr: VirtAddr, span: u64) -> Scan {
        if !vma.is_anonymous() {
            return self.collapse_shared(mm, vma, addr);
        }
        let tables = &self.mm(mm).tables;
        match tables.slot(&self.phys, addr, addr + span).0 {
            Slot::Empty if tables.entry(&self.phys, addr, 1).is_some() => Scan::Stop(RegionError::Invalid),
            Slot::Empty => Scan::Refused,
            Slot::Huge(..) => Scan::Huge,
            Slot::Table(table) => {
                let guarded = |i| self.phys.pte(EntryRef::base(table, i)) == Pte::GUARD;
                if (0..tables.format.entries()).any(guarded) {
                    return Scan::Stop(RegionError::Invalid);
                }
                match tables.entry(&self.phys, addr, 1) {
                    Some(above) => self.collapse_table(mm, vma, addr, above, table),
                    None => Scan::Refused,
                }
            }
        }
    }

    /// Makes the block at `addr`, whose base pages are in `table`, a huge page; whether it is one now.
    pub(super) fn collapse_at(&mut self, mm: MmId, vma: &Vma, addr: VirtAddr, table: Pfn) -> bool {
        let above = self.mm(mm).tables.entry(&self.phys, addr, 1);
        above.is_some_and(|above| self.collapse_table(mm, vma, addr, above, table) == Scan::Huge)
    }

    fn collapse_table(&mut self, mm: MmId, vma: &Vma, addr: VirtAddr, above: EntryRef, table: Pfn) -> Scan {
        let Some(family) = vma.anon_vma else { return Scan::Stop(RegionError::Invalid) };
        let index = vma.page_index(addr, self.page_shift());
        let Some(head) = self.huge_page_for_collapse(family, index) else {
            return Scan::Stop(RegionError::NoMemory);
        };
        if !self.collapse_swap_in(mm, vma, addr, table) {
            self.free_folio(head);
            return Scan::Refused;
        }
        let mut rss = RssDelta::default();
        for i in 0..1_u32 << self.huge_order() {
            let at = EntryRef::base(table, i as usize);
            let pte = self.phys.pte(at);
            if !pte.is_mapped() || pte.is_special() {
                rss.anon += 1;
            } else {
                self.phys.copy_frame(pte.pfn(), head + i);
                self.munlock_folio(vma, pte.pfn());
                self.rmap_remove(mm, pte.pfn());
            }
            self.set_entry(at, Pte::NONE);
        }
        self.tables_mut(mm).0.deposit_table(table);
        self.phys.near_tables.forget();
        let entry = Pte::new(head, vma.page_prot | PteFlags::HUGE).with(PteFlags::ACCESSED | PteFlags::DIRTY);
        self.set_entry(above, may_write(entry, vma));
        self.add_new_huge_rmap(mm, vma, head);
        self.account_rss(mm, rss);
        self.flush(FlushOwed::range(mm, addr, addr + self.mm(mm).tables.format.span(1)));
        Scan::Huge
    }

    /// Brings back what is in swap of the block (Linux: `__collapse_huge_page_swapin`); that may push others of its pages out. False if they
    /// cannot all be here.
    fn collapse_swap_in(&mut self, mm: MmId, vma: &Vma, addr: VirtAddr, table: Pfn) -> bool {
        const TRIES: u32 = 3;
        let Some(id) = self.mm(mm).vmas.at(addr) else { return false };
        let entries = self.config.format.entries();
        for _ in 0..TRIES {
            let swapped = |i: &usize| self.phys.pte(EntryRef::base(table, *i)).swap_slot().is_some();
            let swapped: Vec<usize> = (0..entries).filter(swapped).collect();
            if swapped.is_empty() {
                return true;
            }
            for i in swapped {
                let at = EntryRef::base(table, i);
                let addr = addr + i as u64 * self.page_size();
                let fault = Fault { mm, id, vma: *vma, addr, write: false, attempt: Try::Only };
                let pte = self.phys.pte(at);
                if pte.swap_slot().is_some() && self.swap_fault(&fault, at, pte).is_err() {
                    return false;
                }
            }
        }
        false
    }
}
