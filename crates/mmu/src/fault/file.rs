//! A page of a file or of shared memory, no entry there yet (Linux: `do_fault`: `do_read_fault`, `do_cow_fault`, `do_shared_fault`).
//!
//! What is in the page cache, or comes into it, is `file::fault`'s matter; here the entry is made.

use super::{Fault, FaultError, FaultResult, Handled, Try};
use crate::account::RssDelta;
use crate::file::{Backing, FileFault};
use crate::{AnonVmaId, FaultCause, Machine, Pfn, VmFlags};

/// A page that the file gave for a fault.
#[derive(Clone, Copy, Debug)]
struct Given {
    pfn: Pfn,
    major: bool,
    new: bool,
}

impl Machine {
    /// A read maps pages, a write to a private mapping copies one, a write to a shared one makes it dirty.
    pub(super) fn missing_file_fault(&mut self, fault: &Fault) -> FaultResult {
        if !fault.write {
            self.read_fault(fault)
        } else if fault.vma.flags.contains(VmFlags::SHARED) {
            self.shared_fault(fault)
        } else {
            self.private_fault(fault)
        }
    }

    fn read_fault(&mut self, fault: &Fault) -> FaultResult {
        if self.fault_around(fault)? {
            return Ok(Handled::Done(self.file_cause(fault, false, false)));
        }
        let given = match self.file_page(fault)? {
            Ok(given) => given,
            Err(retry) => return Ok(retry),
        };
        self.finish_fault(fault, given.pfn)?;
        Ok(self.handled(given.major, self.file_cause(fault, given.major, given.new)))
    }

    fn private_fault(&mut self, fault: &Fault) -> FaultResult {
        let family = self.anon_family(fault)?;
        // Before the file's page, lest its reclaim make room for this one.
        let copy = self.phys.alloc()?;
        let result = self.copy_file_page(fault, family, copy);
        if matches!(result, Ok(Handled::Retry { .. }) | Err(_)) {
            self.phys.free(copy);
        }
        result
    }

    /// Maps the fresh page `copy` with what the file's page holds.
    fn copy_file_page(&mut self, fault: &Fault, family: AnonVmaId, copy: Pfn) -> FaultResult {
        let given = match self.file_page(fault)? {
            Ok(given) => given,
            Err(retry) => return Ok(retry),
        };
        let at = self.entry_for(fault)?;
        self.phys.copy_frame(given.pfn, copy);
        let entry = self.new_anon_page(fault, copy, family);
        self.set_entry(at, entry);
        self.account_rss(fault.mm, RssDelta::anon(1));
        Ok(self.handled(given.major, FaultCause::FileCow))
    }

    fn shared_fault(&mut self, fault: &Fault) -> FaultResult {
        let given = match self.file_page(fault)? {
            Ok(given) => given,
            Err(retry) => return Ok(retry),
        };
        self.page_mkwrite(given.pfn);
        self.finish_fault(fault, given.pfn)?;
        let cause = match self.file_cause(fault, given.major, given.new) {
            FaultCause::FileMap => FaultCause::WriteNotify,
            other => other,
        };
        Ok(self.handled(given.major, cause))
    }

    /// The page that the fault asks the file for, or that the fault is to be taken again after input.
    fn file_page(&mut self, fault: &Fault) -> Result<Result<Given, Handled>, FaultError> {
        let index = fault.vma.page_index(fault.addr, self.page_shift());
        match self.file_fault(&fault.vma, index, fault.attempt == Try::Again) {
            FileFault::Page { retry: true, major, .. } if fault.attempt == Try::First => {
                Ok(Err(Handled::Retry { major }))
            }
            FileFault::Page { pfn, major, new, .. } => Ok(Ok(Given { pfn, major, new })),
            FileFault::Sigbus => Err(FaultError::Bus),
            FileFault::Oom => Err(FaultError::Oom),
        }
    }

    fn file_cause(&self, fault: &Fault, major: bool, new: bool) -> FaultCause {
        let shmem = fault.vma.inode.is_some_and(|id| self.files.inode(id).backing == Backing::Shmem);
        match (shmem, new) {
            (true, true) => FaultCause::ShmemNew,
            (true, false) => FaultCause::ShmemMap,
            _ if major || fault.attempt == Try::Again => FaultCause::FileRead,
            _ => FaultCause::FileMap,
        }
    }

    fn handled(&self, major: bool, cause: FaultCause) -> Handled {
        if major { Handled::Major(cause) } else { Handled::Done(cause) }
    }
}
