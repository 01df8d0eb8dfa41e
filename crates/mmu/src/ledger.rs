//! The ledger: every page fault once, with its cause, its owner, the call that met it and the mapping it hit.
//!
//! The causes, the owners, the calls and the mappings each add up to minflt + majflt exactly.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Why a fault happened, as the handler resolved it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FaultCause {
    /// First write to private anonymous memory: a fresh frame.
    AnonWrite,
    /// First read of private anonymous memory: the zero page.
    ZeroPage,
    /// First write after the zero page was read.
    ZeroToFrame,
    /// A write to a page that others share: copied.
    CowCopy,
    /// A write to a page whose other owners are gone: taken over.
    CowReuse,
    /// A page of a file found in the page cache.
    FileMap,
    /// A page of a file read from its device.
    FileRead,
    /// A private copy of a file's page made by a write.
    FileCow,
    /// The first write to a clean shared file page (`page_mkwrite`).
    WriteNotify,
    /// A page of shared memory made (tmpfs, shared anonymous).
    ShmemNew,
    /// A page of shared memory that was there.
    ShmemMap,
    /// A huge page made.
    HugeAnon,
    /// The huge zero page mapped.
    HugeZero,
    /// A write to a huge page that others share: split and copied.
    HugeCow,
    /// A page of a pool made, mapped or copied (MAP_HUGETLB).
    Hugetlb,
    /// A page brought back from swap.
    SwapIn,
    /// The entry was there already or only its bits were stale.
    Spurious,
}

impl FaultCause {
    /// Every cause, in order.
    pub const ALL: [FaultCause; 17] = [
        FaultCause::AnonWrite,
        FaultCause::ZeroPage,
        FaultCause::ZeroToFrame,
        FaultCause::CowCopy,
        FaultCause::CowReuse,
        FaultCause::FileMap,
        FaultCause::FileRead,
        FaultCause::FileCow,
        FaultCause::WriteNotify,
        FaultCause::ShmemNew,
        FaultCause::ShmemMap,
        FaultCause::HugeAnon,
        FaultCause::HugeZero,
        FaultCause::HugeCow,
        FaultCause::Hugetlb,
        FaultCause::SwapIn,
        FaultCause::Spurious,
    ];
}

/// Who touched the memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Owner {
    /// The program's own loads and stores.
    #[default]
    Program,
    /// malloc's headers, links and heap structures.
    Malloc,
    /// The kernel on the program's behalf (system calls that copy, populate, mlock).
    Kernel,
}

impl Owner {
    /// Every owner, in order.
    const ALL: [Owner; 3] = [Owner::Program, Owner::Malloc, Owner::Kernel];
}

/// What kind of mapping a fault hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum MappingKind {
    /// The break area.
    Heap,
    /// One that grows down.
    Stack,
    /// Other private anonymous memory.
    Anonymous,
    /// tmpfs and shared anonymous memory, mapped private or shared.
    SharedMemory,
    /// A file, private.
    PrivateFile,
    /// A file, shared.
    SharedFile,
}

impl MappingKind {
    /// Every kind, in order.
    const ALL: [MappingKind; 6] = [
        MappingKind::Heap,
        MappingKind::Stack,
        MappingKind::Anonymous,
        MappingKind::SharedMemory,
        MappingKind::PrivateFile,
        MappingKind::SharedFile,
    ];
}

/// One fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultRecord {
    /// Why.
    pub cause: FaultCause,
    /// Who.
    pub owner: Owner,
    /// Whether the device was read (majflt) or not (minflt).
    pub major: bool,
    /// The address.
    pub addr: u64,
}

/// Sums over all faults since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Who the coming faults belong to; set by whoever makes accesses.
    pub owner: Owner,
    /// The call that is running, as its name; set by the runner of calls, and no part of a checkpoint.
    #[serde(skip)]
    pub call: &'static str,
    /// Minor faults.
    pub minflt: u64,
    /// Major faults.
    pub majflt: u64,
    by_cause: [u64; FaultCause::ALL.len()],
    by_owner: [u64; Owner::ALL.len()],
    by_mapping: [u64; MappingKind::ALL.len()],
    by_call: Vec<(Cow<'static, str>, u64)>,
    /// Where in `by_call` the last fault was counted.
    last_call: usize,
}

impl Ledger {
    /// Enters one fault.
    pub fn record(&mut self, cause: FaultCause, mapping: MappingKind, major: bool) {
        if major {
            self.majflt += 1;
        } else {
            self.minflt += 1;
        }
        self.by_cause[cause as usize] += 1;
        self.by_owner[self.owner as usize] += 1;
        self.by_mapping[mapping as usize] += 1;
        match self.by_call.get_mut(self.last_call) {
            Some((Cow::Borrowed(call), count)) if std::ptr::eq(*call, self.call) => *count += 1,
            _ => self.record_call(),
        }
    }

    #[cold]
    fn record_call(&mut self) {
        let found = self.by_call.iter().position(|(call, _)| *call == self.call);
        self.last_call = found.unwrap_or(self.by_call.len());
        match found {
            Some(at) => self.by_call[at] = (Cow::Borrowed(self.call), self.by_call[at].1 + 1),
            None => self.by_call.push((Cow::Borrowed(self.call), 1)),
        }
    }

    /// Faults by cause, those that happened.
    pub fn by_cause(&self) -> BTreeMap<FaultCause, u64> {
        FaultCause::ALL.into_iter().zip(self.by_cause).filter(|&(_, count)| count > 0).collect()
    }

    /// Faults by owner, those that had any.
    pub fn by_owner(&self) -> BTreeMap<Owner, u64> {
        Owner::ALL.into_iter().zip(self.by_owner).filter(|&(_, count)| count > 0).collect()
    }

    /// Faults by the kind of mapping they hit, those that had any.
    pub fn by_mapping(&self) -> BTreeMap<MappingKind, u64> {
        MappingKind::ALL.into_iter().zip(self.by_mapping).filter(|&(_, count)| count > 0).collect()
    }

    /// Faults by call, those that met any.
    pub fn by_call(&self) -> BTreeMap<&str, u64> {
        self.by_call.iter().map(|(call, count)| (call.as_ref(), *count)).collect()
    }
}
