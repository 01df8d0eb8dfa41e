//! Page faults: from the exception to the entry that lets the access go on (Linux: `arch/x86/mm/fault.c`,
//! `do_user_addr_fault`; `mm/memory.c`, `handle_mm_fault`).
//!
//! This file finds the mapping, checks its rights, tries again after device input and counts; `entry` looks at the page-table entry
//! and picks the case, and each case has a file. Swap is not modelled here: a swap entry has no case yet.

mod anon;
mod around;
mod cow;
mod entry;
mod file;
mod finish;
mod notify;
mod quick;

pub(crate) use anon::may_write;

use crate::reclaim::MAX_RECLAIM_RETRIES;
use crate::vma::Vma;
use crate::{
    Access, AccessError, AccessErrorKind, Backing, FaultCause, Machine, MappingKind, MmId, Owner, VirtAddr,
    VmFlags, VmaId,
};

/// What a fault costs on the modelled clock, device input and reclaim aside.
const FAULT_NS: u64 = 1_500;

/// One fault in the works (Linux: `struct vm_fault`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    /// Whose address space.
    pub(crate) mm: MmId,
    /// The mapping that holds `addr`.
    pub(crate) id: VmaId,
    /// A copy of it; its `anon_vma` may be older than the machine's.
    pub(crate) vma: Vma,
    /// The address, rounded down to its base page.
    pub(crate) addr: VirtAddr,
    /// A store (FAULT_FLAG_WRITE).
    pub(crate) write: bool,
    /// Whether it may be, or was, taken again.
    pub(crate) attempt: Try,
}

/// Which try of a fault this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Try {
    /// The first; it may ask to be taken again (FAULT_FLAG_ALLOW_RETRY).
    First,
    /// The second, after input: counts as major (FAULT_FLAG_TRIED).
    Again,
    /// The only one: whoever asks cannot take it again.
    Only,
}

/// A fault that went well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handled {
    /// The entry is good now.
    Done(FaultCause),
    /// The same, and a device was read (VM_FAULT_MAJOR).
    Major(FaultCause),
    /// A device was read, for this page (`major`) or only in advance; the fault is to be taken again (VM_FAULT_RETRY).
    Retry {
        /// VM_FAULT_MAJOR.
        major: bool,
    },
}

/// A fault that went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultError {
    /// VM_FAULT_SIGBUS.
    Bus,
    /// VM_FAULT_SIGSEGV: a guard region.
    Guard,
    /// VM_FAULT_OOM.
    Oom,
}

pub(crate) type FaultResult = Result<Handled, FaultError>;

impl From<crate::phys::OutOfFrames> for FaultError {
    fn from(_: crate::phys::OutOfFrames) -> FaultError {
        FaultError::Oom
    }
}

impl FaultError {
    fn at(self, addr: VirtAddr) -> AccessError {
        let kind = match self {
            FaultError::Bus => AccessErrorKind::BusAdrErr,
            FaultError::Guard => AccessErrorKind::MapErr,
            FaultError::Oom => AccessErrorKind::Killed,
        };
        AccessError::new(kind, addr)
    }
}

impl Machine {
    /// Handles the fault that `access` to `addr` raised in `mm`: on return the access may be tried again. A program's fault is
    /// first tried under the mapping's lock, which input in advance only drops; one of the kernel's own accesses is not, and
    /// its second try counts as major (Linux: `do_user_addr_fault`).
    ///
    /// # Errors
    /// Where the access ends in a signal; such a fault is not counted.
    pub fn handle_page_fault(&mut self, mm: MmId, addr: VirtAddr, access: Access) -> Result<(), AccessError> {
        let mut attempt = Try::First;
        loop {
            let id = self.find_fault_vma(mm, addr)?;
            if !self.access_allowed(mm, self.mm(mm).vmas.get(id), addr, access) {
                return Err(AccessError::new(AccessErrorKind::AccErr, addr));
            }
            let write = access == Access::Write;
            match self.handle_mm_fault(mm, id, addr, write, attempt).map_err(|error| error.at(addr))? {
                Handled::Retry { major: false } if self.ledger.owner != Owner::Kernel => {}
                Handled::Retry { .. } => attempt = Try::Again,
                Handled::Done(_) | Handled::Major(_) => return Ok(()),
            }
        }
    }

    /// Makes the entry of `addr` in mapping `id` good for a read or a `write` and counts the fault (Linux: `handle_mm_fault`,
    /// `mm_account_fault`). Also the way in for accesses the kernel makes itself (GUP).
    pub(crate) fn handle_mm_fault(
        &mut self,
        mm: MmId,
        id: VmaId,
        addr: VirtAddr,
        write: bool,
        attempt: Try,
    ) -> FaultResult {
        self.clock.advance(FAULT_NS);
        let vma = *self.mm(mm).vmas.get(id);
        let page = addr.align_down(self.mm(mm).tables.format.page_size());
        let handled = self.fault_relieved(&Fault { mm, id, vma, addr: page, write, attempt })?;
        if self.phys.zones.kswapd_woken() {
            self.run_kswapd();
        }
        match handled {
            Handled::Done(cause) => {
                self.ledger.record(cause, self.mapping_kind(mm, &vma), attempt == Try::Again);
            }
            Handled::Major(cause) => self.ledger.record(cause, self.mapping_kind(mm, &vma), true),
            Handled::Retry { .. } => {}
        }
        Ok(handled)
    }

    /// What the ledger calls a mapping.
    fn mapping_kind(&self, mm: MmId, vma: &Vma) -> MappingKind {
        if let Some(inode) = vma.inode {
            return match self.files.inode(inode).backing {
                Backing::Shmem | Backing::Hugetlb => MappingKind::SharedMemory,
                _ if vma.flags.contains(VmFlags::SHARED) => MappingKind::SharedFile,
                _ => MappingKind::PrivateFile,
            };
        }
        let mm = self.mm(mm);
        anonymous_kind(vma, (mm.start_brk, mm.brk))
    }

    /// The same, with reclaim where memory is short: the fault is taken again then.
    fn fault_relieved(&mut self, fault: &Fault) -> FaultResult {
        let mut retries = MAX_RECLAIM_RETRIES;
        loop {
            match self.fault_entry(fault) {
                Err(FaultError::Oom) if self.relieve(&mut retries) => {}
                result => return result,
            }
        }
    }

    /// The mapping that holds `addr`; one that grows down is let grow (Linux: `lock_mm_and_find_vma`).
    pub(crate) fn find_fault_vma(&mut self, mm: MmId, addr: VirtAddr) -> Result<VmaId, AccessError> {
        let error = AccessError::new(AccessErrorKind::MapErr, addr);
        let vmas = &self.mm(mm).vmas;
        let id = vmas.find(addr).ok_or(error)?;
        let vma = vmas.get(id);
        if vma.start <= addr {
            return Ok(id);
        }
        if !vma.flags.contains(VmFlags::GROWSDOWN) {
            return Err(error);
        }
        self.expand_downwards(mm, id, addr).map_err(|_| error)?;
        Ok(id)
    }

    /// Whether the mapping's rights allow the access (Linux, x86: `access_error`). Without protection keys any right lets
    /// one read; a fetch is refused only once the page is there, by the entry's XD.
    fn access_allowed(&self, mm: MmId, vma: &Vma, addr: VirtAddr, access: Access) -> bool {
        match access {
            Access::Write => vma.flags.contains(VmFlags::WRITE),
            Access::Read => vma.flags.intersects(VmFlags::ACCESS),
            Access::Fetch => {
                vma.flags.contains(VmFlags::EXEC)
                    || vma.flags.intersects(VmFlags::ACCESS) && !self.hardware_present(mm, addr)
            }
        }
    }
}

/// What the ledger calls private anonymous memory of an address space with that break area.
#[inline]
fn anonymous_kind(vma: &Vma, brk: (u64, u64)) -> MappingKind {
    match () {
        () if vma.start.get() < brk.1 && vma.end.get() > brk.0 => MappingKind::Heap,
        () if vma.flags.contains(VmFlags::GROWSDOWN) => MappingKind::Stack,
        () => MappingKind::Anonymous,
    }
}

#[cfg(test)]
mod tests;
