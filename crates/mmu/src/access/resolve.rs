//! From an address to a frame: TLB, page walk and page fault.

use super::{Access, AccessError, AccessErrorKind};
use crate::paging::{Pte, PteFlags};
use crate::phys::host::FRAME_BYTES;
use crate::tlb::Mapped;
use crate::{Machine, Pfn, VirtAddr};

/// How often an access is restarted after a fault that was resolved. Linux sets no limit; few are met in a row.
const RESTARTS: u32 = 16;

/// Where an access goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    /// The frame.
    pub(super) pfn: Pfn,
    /// The byte in it.
    pub(super) offset: usize,
    page: Mapped,
}

impl Machine {
    /// The frame and the offset in it that an access at `addr` goes to, with rights checked, faults taken, and the accessed
    /// and dirty bits set.
    #[inline]
    pub(super) fn resolve(&mut self, addr: VirtAddr, access: Access) -> Result<Target, AccessError> {
        let mm = self.current.ok_or(AccessError::new(AccessErrorKind::MapErr, addr))?;
        self.check_canonical(addr)?;
        let mut page = self.probe(addr, access);
        for _ in 0..RESTARTS {
            if let Some(page) = page {
                let pfn = self.tlb.frame(page, addr);
                return Ok(Target { pfn, offset: addr.get() as usize % FRAME_BYTES, page });
            }
            self.handle_page_fault(mm, addr, access)?;
            // A fault leaves nothing of the page in the TLB: the restarted access is sure to miss.
            self.tlb.stats.count_miss();
            page = self.walk_and_fill(addr, access);
        }
        Err(AccessError::new(AccessErrorKind::Killed, addr))
    }

    /// Lets further accesses to the page take the short way, to the host slot that is the answer.
    #[inline]
    pub(super) fn open_window(&mut self, addr: VirtAddr, target: Target) -> u32 {
        let slot = self.phys.host.slot(target.pfn);
        self.phys.host.windows.open(addr, slot, target.page.is_dirty(), target.page.large_set);
        slot
    }

    pub(super) fn check_canonical(&self, addr: VirtAddr) -> Result<(), AccessError> {
        match self.config.format.is_canonical(addr) {
            true => Ok(()),
            false => Err(AccessError::new(AccessErrorKind::NonCanonical, addr)),
        }
    }

    /// The page if it may be accessed so; with the TLB filled then and what it held of the page dropped otherwise, as a page
    /// fault does (SDM volume 3, section 4.10.4.1).
    #[inline]
    fn probe(&mut self, addr: VirtAddr, access: Access) -> Option<Mapped> {
        self.tlb.stats.accesses += 1;
        let windows = &mut self.phys.host.windows;
        if let Some(page) = self.tlb.lookup(addr, windows) {
            if page.allows(access) {
                return Some(page);
            }
            self.tlb.stats.rewalks += 1;
            self.tlb.invalidate(addr, windows);
        }
        self.walk_and_fill(addr, access)
    }

    fn walk_and_fill(&mut self, addr: VirtAddr, access: Access) -> Option<Mapped> {
        let (level, pte) = self.walk(addr, access)?;
        Some(self.tlb.fill(addr, level, pte, &mut self.phys.host.windows))
    }

    /// The leaf entry for `addr` and its level, with the accessed bit set, and the dirty bit by a write; none where the access
    /// faults.
    #[inline]
    fn walk(&mut self, addr: VirtAddr, access: Access) -> Option<(u32, Pte)> {
        let tables = &self.mms.get(self.current?.index())?.as_ref()?.tables;
        let (at, level, pte) = tables.leaf(&self.phys, addr);
        if !pte.is_present() || !allows(pte, access) {
            return None;
        }
        let used = pte.with(used_bits(access));
        if used != pte {
            tables.write(&mut self.phys, at, used);
        }
        Some((level, used))
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
