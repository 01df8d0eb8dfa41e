//! What an access wants, and why it can fail.

use crate::VirtAddr;

/// What an access does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// A load.
    Read,
    /// A store, or a load and a store (`lock or`).
    Write,
    /// An instruction fetch.
    Fetch,
}

/// Why an access failed (`si_code` of the signal that follows, in Linux's terms).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AccessErrorKind {
    /// Nothing is mapped there: SEGV_MAPERR.
    MapErr,
    /// The mapping does not allow it: SEGV_ACCERR.
    AccErr,
    /// Not an address of this format: a general protection fault, SIGSEGV with SI_KERNEL.
    NonCanonical,
    /// Beyond the end of the file, or its page could not be read: BUS_ADRERR.
    BusAdrErr,
    /// No memory was left and the OOM killer took this process: SIGKILL.
    Killed,
}

/// An access that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{kind:?} at {addr}")]
pub struct AccessError {
    /// Why.
    pub kind: AccessErrorKind,
    /// The first byte that could not be accessed.
    pub addr: VirtAddr,
}

impl AccessError {
    /// The failure `kind` at `addr`.
    pub const fn new(kind: AccessErrorKind, addr: VirtAddr) -> AccessError {
        AccessError { kind, addr }
    }
}
