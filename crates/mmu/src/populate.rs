//! Faulting pages in without an access of the program's (Linux: `mm/gup.c`: `__mm_populate`, `populate_vma_page_range`,
//! `faultin_page_range`): MAP_POPULATE, mlock and friends, MADV_POPULATE_READ and _WRITE.
//!
//! Only what is not there yet is a fault; what is there is marked as used (FOLL_TOUCH).

use crate::fault::{FaultError, Handled, Try};
use crate::paging::{EntryRef, Pte, PteFlags};
use crate::region::RegionError;
use crate::walk::Slot;
use crate::{Machine, MmId, Owner, VirtAddr, VmFlags, VmaId};

impl From<FaultError> for RegionError {
    fn from(error: FaultError) -> RegionError {
        match error {
            FaultError::Bus | FaultError::Guard => RegionError::Fault,
            FaultError::Oom => RegionError::NoMemory,
        }
    }
}

impl Machine {
    /// Faults in what is mapped of `start..start+len`, passing over what cannot be (Linux: `mm_populate`).
    pub fn mm_populate(&mut self, mm: MmId, start: u64, len: u64) {
        let _ = self.populate_range(mm, start, len, true);
    }

    /// The same, up to the first page that cannot be.
    ///
    /// # Errors
    /// `Fault` for a mapping without rights or a page beyond the end of its file, `NoMemory`.
    pub fn populate(&mut self, mm: MmId, start: u64, len: u64) -> Result<(), RegionError> {
        self.populate_range(mm, start, len, false)
    }

    fn populate_range(
        &mut self,
        mm: MmId,
        start: u64,
        len: u64,
        ignore_errors: bool,
    ) -> Result<(), RegionError> {
        let end = VirtAddr::new(start.saturating_add(len));
        let mut at = VirtAddr::new(start);
        while let Some(id) = self.mm(mm).vmas.intersection(at, end).filter(|_| at < end) {
            let vma = self.mm(mm).vmas.get(id);
            let (from, to) = (vma.start.max(at), vma.end.min(end));
            let populated = self.populate_pages(mm, id, from, to, true);
            if !ignore_errors {
                populated?;
            }
            at = to;
        }
        Ok(())
    }

    /// Faults `start..end` of a locked mapping in that has become writable, so that no store needs a copy later.
    pub(crate) fn populate_vma_range(&mut self, mm: MmId, id: VmaId, start: VirtAddr, end: VirtAddr) {
        let _ = self.populate_pages(mm, id, start, end, false);
    }

    /// Private writable mappings are written to, others read. Mappings that lock on fault only are left alone.
    fn populate_pages(
        &mut self,
        mm: MmId,
        id: VmaId,
        start: VirtAddr,
        end: VirtAddr,
        may_retry: bool,
    ) -> Result<(), RegionError> {
        let flags = self.mm(mm).vmas.get(id).flags;
        if flags.contains(VmFlags::LOCKONFAULT) {
            return Ok(());
        }
        if !flags.intersects(VmFlags::ACCESS) {
            return Err(RegionError::Fault);
        }
        let write = flags & (VmFlags::WRITE | VmFlags::SHARED) == VmFlags::WRITE;
        let first = if may_retry { Try::First } else { Try::Only };
        self.fault_in(mm, id, start..end, write, [first, Try::First])
    }

    /// Faults `start..end` in for reads, or for a `write`; a page that had to be read is a major fault.
    ///
    /// # Errors
    /// `NoMemory` for a hole, `Invalid` for a mapping without the right, `Fault` for a page beyond the end of its file or in a
    /// guard region; what lies below is done.
    pub fn madvise_populate(
        &mut self,
        mm: MmId,
        start: VirtAddr,
        end: VirtAddr,
        write: bool,
    ) -> Result<(), RegionError> {
        let needed = if write { VmFlags::WRITE } else { VmFlags::READ };
        let mut at = start;
        while at < end {
            let id = self.mm(mm).vmas.at(at).ok_or(RegionError::NoMemory)?;
            let vma = *self.mm(mm).vmas.get(id);
            if !vma.flags.contains(needed) {
                return Err(RegionError::Invalid);
            }
            let to = vma.end.min(end);
            self.fault_in(mm, id, at..to, write, [Try::First, Try::Again])?;
            at = to;
        }
        Ok(())
    }

    /// Page by page; a fault that is to be taken again is taken as the second of `tries`.
    fn fault_in(
        &mut self,
        mm: MmId,
        id: VmaId,
        range: std::ops::Range<VirtAddr>,
        write: bool,
        tries: [Try; 2],
    ) -> Result<(), RegionError> {
        let owner = std::mem::replace(&mut self.ledger.owner, Owner::Kernel);
        let mut addr = range.start;
        let mut done = Ok(());
        while addr < range.end && done.is_ok() {
            match self.follow_page(mm, addr, write) {
                Some(next) => addr = next,
                None => done = self.fault_page_in(mm, id, addr, write, tries),
            }
        }
        self.activate_waiting();
        self.ledger.owner = owner;
        done
    }

    fn fault_page_in(
        &mut self,
        mm: MmId,
        id: VmaId,
        addr: VirtAddr,
        write: bool,
        [first, second]: [Try; 2],
    ) -> Result<(), RegionError> {
        if let Handled::Retry { .. } = self.handle_mm_fault(mm, id, addr, write, first)? {
            if second == Try::First {
                // Linux begins anew behind what is done, and ends each round with a drain (`lru_add_drain`).
                self.activate_waiting();
            }
            self.handle_mm_fault(mm, id, addr, write, second)?;
        }
        Ok(())
    }

    /// If the page is there with the right asked for: marks it used and gives the address behind it (Linux: `follow_page_mask`).
    fn follow_page(&mut self, mm: MmId, addr: VirtAddr, write: bool) -> Option<VirtAddr> {
        let tables = &self.mm(mm).tables;
        let format = tables.format;
        let usable = |pte: Pte| pte.is_mapped() && (!write || pte.is_writable());
        match tables.slot(&self.phys, addr, addr + format.page_size()).0 {
            Slot::Empty => None,
            Slot::Huge(at, pmd) => {
                if !usable(pmd) {
                    return None;
                }
                // x86 sets the accessed bit of a huge entry only together with the dirty one (`pmdp_set_access_flags`).
                if write {
                    self.set_entry(at, pmd.with(PteFlags::ACCESSED | PteFlags::DIRTY));
                }
                Some(addr.align_down(format.span(1)) + format.span(1))
            }
            Slot::Table(table) => {
                let pte = self.phys.pte(EntryRef::base(table, format.index(addr.get(), 0)));
                if !usable(pte) {
                    return None;
                }
                self.touch_page(pte, write);
                Some(addr + format.page_size())
            }
        }
    }

    fn touch_page(&mut self, pte: Pte, write: bool) {
        if pte.is_special() {
            return;
        }
        if write && !pte.is_dirty() {
            self.folio_mark_dirty(pte.pfn());
        }
        self.folio_mark_accessed(pte.pfn());
    }
}
