//! Accesses to ranges, page by page: what `memset`, `memcpy` and the kernel's copies do.

use super::Access;
use crate::paging::table::Lookup;
use crate::{AccessError, Machine, MmId, VirtAddr};

impl Machine {
    /// Sets `len` bytes, upwards.
    ///
    /// # Errors
    /// When an access faults and the fault cannot be resolved; the pages below are set then.
    pub fn memset(&mut self, addr: VirtAddr, byte: u8, len: u64) -> Result<(), AccessError> {
        let mut done = 0;
        while done < len {
            let at = addr + done;
            let chunk = self.in_page(at, len - done);
            let to = self.resolve(at, Access::Write)?;
            self.phys.host.fill(to.pfn, to.offset, chunk, byte);
            self.open_window(at, to, (chunk, false));
            done += chunk as u64;
        }
        Ok(())
    }

    /// Stores bytes, upwards, as the kernel does for a system call.
    ///
    /// # Errors
    /// When an access faults and the fault cannot be resolved; the pages below are written then.
    pub fn copy_to_user(&mut self, addr: VirtAddr, mut from: &[u8]) -> Result<(), AccessError> {
        let mut at = addr;
        while !from.is_empty() {
            let chunk = self.in_page(at, from.len() as u64);
            let to = self.resolve(at, Access::Write)?;
            self.phys.host.write(to.pfn, to.offset, &from[..chunk]);
            self.open_window(at, to, (chunk, false));
            from = &from[chunk..];
            at = at + chunk as u64;
        }
        Ok(())
    }

    /// Loads bytes, upwards, as the kernel does for a system call.
    ///
    /// # Errors
    /// When an access faults and the fault cannot be resolved; the bytes below are read then.
    pub fn copy_from_user(&mut self, addr: VirtAddr, into: &mut [u8]) -> Result<(), AccessError> {
        let mut done = 0;
        while done < into.len() {
            let at = addr + done as u64;
            let chunk = self.in_page(at, (into.len() - done) as u64);
            let source = self.resolve(at, Access::Read)?;
            self.phys.host.read(source.pfn, source.offset, &mut into[done..done + chunk]);
            self.open_window(at, source, (chunk, false));
            done += chunk;
        }
        Ok(())
    }

    /// Reads memory of an address space as it is, without a fault, a TLB or an accessed bit; pages that are not present read
    /// as zeroes. Whether all of them were present.
    pub fn peek(&self, mm: MmId, addr: VirtAddr, into: &mut [u8]) -> bool {
        let mut done = 0;
        let mut whole = true;
        while done < into.len() {
            let at = addr + done as u64;
            let chunk = self.in_page(at, (into.len() - done) as u64);
            let part = &mut into[done..done + chunk];
            match self.peek_page(mm, at) {
                Some((pfn, offset)) => self.phys.host().read(pfn, offset, part),
                None => {
                    part.fill(0);
                    whole = false;
                }
            }
            done += chunk;
        }
        whole
    }

    fn peek_page(&self, mm: MmId, addr: VirtAddr) -> Option<(crate::Pfn, usize)> {
        let tables = &self.mm(mm).tables;
        if !tables.format.is_canonical(addr) {
            return None;
        }
        match tables.lookup(&self.phys, addr) {
            Lookup::Base(_, pte) if pte.is_present() => Some((pte.pfn(), self.tlb.offset(addr))),
            Lookup::Huge(level, _, pte) if pte.is_present() => {
                let within = addr.get() & (tables.format.span(level) - 1);
                let frame = pte.pfn() + (within >> tables.format.page_shift) as u32;
                Some((frame, self.tlb.offset(addr)))
            }
            _ => None,
        }
    }

    /// How many of `len` bytes at `addr` are in its page.
    pub(super) fn in_page(&self, addr: VirtAddr, len: u64) -> usize {
        let page = self.page_size();
        len.min(page - (addr - addr.align_down(page))) as usize
    }
}
