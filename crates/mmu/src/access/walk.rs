//! From an address to a frame: the page walk and the page fault.

use super::{Access, AccessError, AccessErrorKind};
use crate::paging::table::Lookup;
use crate::paging::{EntryRef, Pte, PteFlags};
use crate::phys::host::FRAME_BYTES;
use crate::{Machine, MmId, Pfn, VirtAddr};

/// How often an access is restarted after a fault that was resolved. Linux sets no limit; none is met twice in a row.
const RESTARTS: u32 = 16;

impl Machine {
    /// The frame and the offset in it that an access at `addr` goes to, with rights checked, faults taken and the accessed
    /// and dirty bits set.
    pub(super) fn translate(&mut self, addr: VirtAddr, access: Access) -> Result<(Pfn, usize), AccessError> {
        let Some(mm) = self.current else { return Err(AccessError::new(AccessErrorKind::MapErr, addr)) };
        if !self.mm(mm).tables.format.is_canonical(addr) {
            return Err(AccessError::new(AccessErrorKind::NonCanonical, addr));
        }
        for _ in 0..RESTARTS {
            if let Some(found) = self.walk(mm, addr, access) {
                return Ok(found);
            }
            self.handle_page_fault(mm, addr, access)?;
        }
        Err(AccessError::new(AccessErrorKind::Killed, addr))
    }

    fn walk(&mut self, mm: MmId, addr: VirtAddr, access: Access) -> Option<(Pfn, usize)> {
        let tables = &self.mms[mm.index()].as_ref()?.tables;
        let (level, at, pte) = match tables.lookup(&self.phys, addr) {
            Lookup::Base(at, pte) => (0, at, pte),
            Lookup::Huge(level, at, pte) => (level, at, pte),
            Lookup::NoTable(_) => return None,
        };
        if !pte.is_present() || !allows(pte, access) {
            return None;
        }
        let used = pte.with(used_bits(access));
        if used != pte {
            tables.write(&mut self.phys, EntryRef { ..at }, used);
        }
        let within = addr.get() & (tables.format.span(level) - 1);
        Some((pte.pfn() + (within >> tables.format.page_shift) as u32, within as usize % FRAME_BYTES))
    }
}

fn allows(pte: Pte, access: Access) -> bool {
    match access {
        Access::Read => true,
        Access::Write => pte.has(PteFlags::WRITABLE),
        Access::Fetch => !pte.has(PteFlags::NO_EXECUTE),
    }
}

fn used_bits(access: Access) -> PteFlags {
    match access {
        Access::Write => PteFlags::ACCESSED.union(PteFlags::DIRTY),
        Access::Read | Access::Fetch => PteFlags::ACCESSED,
    }
}
