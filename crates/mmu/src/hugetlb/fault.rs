//! Faults on pool pages (Linux: `hugetlb_fault`, `hugetlb_no_page`, `hugetlb_wp`).

use crate::fault::{Fault, FaultError, FaultResult, Handled, may_write};
use crate::ids::InodeId;
use crate::paging::{EntryRef, Pte, PteFlags};
use crate::{FaultCause, FlushOwed, Machine, MmId, Pfn, VirtAddr, VmFlags, Vma};

impl Machine {
    /// Makes the entry of the faulting page, at `level`, good.
    pub(crate) fn hugetlb_fault(&mut self, fault: &Fault, level: u32) -> FaultResult {
        let addr = fault.addr.align_down(self.config.format.span(level));
        let (tables, phys) = self.tables_mut(fault.mm);
        let at = tables.ensure(phys, addr, level)?;
        let pte = tables.read(phys, at);
        let (Some(inode), shift) = (fault.vma.inode, self.page_shift()) else { return Err(FaultError::Bus) };
        let index = fault.vma.page_index(addr, shift) >> (self.config.format.index_bits * level);
        let page = HugePage { level, addr, at, inode, index };
        if pte.is_none() {
            return self.hugetlb_no_page(fault, &page);
        }
        if fault.write && !pte.is_writable() {
            return self.hugetlb_wp(fault, &page, pte);
        }
        let used = if fault.write { PteFlags::ACCESSED | PteFlags::DIRTY } else { PteFlags::ACCESSED };
        self.set_entry(at, pte.with(used));
        Ok(Handled::Done(FaultCause::Spurious))
    }

    /// Nothing there yet: the file's page, or a fresh one, which is the file's if the mapping is shared. A private mapping copies what it
    /// writes to at once.
    fn hugetlb_no_page(&mut self, fault: &Fault, page: &HugePage) -> FaultResult {
        if fault.vma.flags.contains(VmFlags::HUGETLB_DEPRIVED) {
            return Err(FaultError::Bus);
        }
        let shared = fault.vma.flags.contains(VmFlags::MAYSHARE);
        let pfn = match self.hugetlb_page(page.inode, page.index) {
            Some(pfn) => pfn,
            None => self.hugetlb_new_page(fault, page, shared).ok_or(FaultError::Bus)?,
        };
        let copy = fault.write && !shared && self.hugetlb_is_cached(pfn);
        let entry = entry(fault, pfn);
        let writable = shared || fault.write && !copy;
        let entry = if writable { may_write(entry, &fault.vma) } else { entry };
        self.set_entry(page.at, entry);
        self.hugetlb.mapped.entry(pfn).or_default().push((fault.mm, page.addr));
        if copy { self.hugetlb_wp(fault, page, entry) } else { Ok(Handled::Done(FaultCause::Hugetlb)) }
    }

    /// A page of zeroes where the file, which reaches so far, has none.
    fn hugetlb_new_page(&mut self, fault: &Fault, page: &HugePage, shared: bool) -> Option<Pfn> {
        if page.index >= self.files.inode(page.inode).size / self.config.format.span(page.level) {
            return None;
        }
        if shared {
            return self.hugetlb_fill(page.inode, page.level, page.index);
        }
        self.hugetlb_note_family(fault);
        let pfn = self.hugetlb_alloc(&fault.vma, page)?;
        self.hugetlb.zeroed_pages += 1 << (self.config.format.index_bits * page.level);
        Some(pfn)
    }

    fn hugetlb_note_family(&mut self, fault: &Fault) {
        let flags = fault.vma.flags;
        if !flags.contains(VmFlags::HUGETLB_FAULTED)
            && let Some(id) = self.mm(fault.mm).vmas.at(fault.addr)
        {
            self.set_vma_flags(fault.mm, id, flags | VmFlags::HUGETLB_FAULTED);
        }
    }

    /// A free page for a private mapping, by its promise if there is one.
    fn hugetlb_alloc(&mut self, vma: &Vma, page: &HugePage) -> Option<Pfn> {
        let owner = vma.file.filter(|_| vma.flags.contains(VmFlags::HUGETLB_OWNER));
        let promises = owner.and_then(|file| self.hugetlb.promises.get_mut(&file));
        let promised = promises.is_some_and(|promises| promises.indices.remove(&page.index));
        self.hugetlb_take(page.level, promised)
    }

    /// A write to a page that fork made read-only, or that is the file's: taken over if it is a copy and nobody else's, else copied. Where
    /// the pool is short, who has the reservation takes the page from the others (`unmap_ref_private`), who find none when they return.
    fn hugetlb_wp(&mut self, fault: &Fault, page: &HugePage, pte: Pte) -> FaultResult {
        let pfn = pte.pfn();
        let of_file = self.hugetlb_is_cached(pfn);
        if fault.vma.flags.contains(VmFlags::MAYSHARE) || !of_file && self.hugetlb_mapcount(pfn) <= 1 {
            let used = pte.with(PteFlags::ACCESSED | PteFlags::DIRTY);
            self.set_entry(page.at, may_write(used, &fault.vma));
            self.flush(FlushOwed::page(fault.mm, page.addr));
            return Ok(Handled::Done(FaultCause::CowReuse));
        }
        let from_owner = !of_file && fault.vma.flags.contains(VmFlags::HUGETLB_OWNER);
        let fresh = match from_owner {
            true => self.hugetlb_take(page.level, false),
            false => self.hugetlb_alloc(&fault.vma, page),
        };
        let Some(fresh) = fresh else {
            if !from_owner {
                return Err(FaultError::Bus);
            }
            self.hugetlb_take_from(page.level, pfn, |other| other != fault.mm);
            return self.hugetlb_wp(fault, page, pte);
        };
        self.hugetlb_note_family(fault);
        let pages = 1 << (self.config.format.index_bits * page.level);
        (0..pages).for_each(|frame| self.phys.copy_frame(pfn + frame, fresh + frame));
        self.hugetlb.copied_pages += u64::from(pages);
        self.hugetlb_unmap_entry(fault.mm, page.level, page.addr, pfn);
        self.set_entry(page.at, may_write(entry(fault, fresh), &fault.vma));
        self.hugetlb.mapped.entry(fresh).or_default().push((fault.mm, page.addr));
        self.flush(FlushOwed::page(fault.mm, page.addr));
        Ok(Handled::Done(FaultCause::Hugetlb))
    }

    /// Takes a private copy out of the tables of those that are `meant`, who get no other (HPAGE_RESV_UNMAPPED).
    fn hugetlb_take_from(&mut self, level: u32, pfn: Pfn, meant: impl Fn(MmId) -> bool) {
        let maps = self.hugetlb.mapped.get(&pfn).cloned().unwrap_or_default();
        for (mm, addr) in maps.into_iter().filter(|(mm, _)| meant(*mm)) {
            if let Some(at) = self.mm(mm).tables.entry(&self.phys, addr, level) {
                self.set_entry(at, Pte::NONE);
            }
            if let Some(id) = self.mm(mm).vmas.at(addr) {
                let flags = self.mm(mm).vmas.get(id).flags;
                self.set_vma_flags(mm, id, flags | VmFlags::HUGETLB_DEPRIVED);
            }
            self.hugetlb_unmap_entry(mm, level, addr, pfn);
            self.flush(FlushOwed::page(mm, addr));
        }
    }
}

/// Where a fault's page belongs.
struct HugePage {
    level: u32,
    addr: VirtAddr,
    at: EntryRef,
    inode: InodeId,
    index: u64,
}

/// An entry for `pfn`: without a descriptor's counts, as zero pages have.
fn entry(fault: &Fault, pfn: Pfn) -> Pte {
    let used = if fault.write { PteFlags::ACCESSED | PteFlags::DIRTY } else { PteFlags::ACCESSED };
    Pte::new(pfn, fault.vma.page_prot | PteFlags::HUGE | PteFlags::SPECIAL | used).without(PteFlags::WRITABLE)
}
