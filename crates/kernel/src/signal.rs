//! Signals that an access ends in (`sigaction(2)`: `si_code`, `si_addr`).

/// Why the signal was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SigCode {
    /// SIGSEGV, nothing is mapped there.
    SegvMapErr,
    /// SIGSEGV, the mapping does not allow it.
    SegvAccErr,
    /// SIGSEGV by the kernel itself: a non-canonical address (SI_KERNEL, address 0).
    SegvKernel,
    /// SIGBUS, beyond the end of the file, or the page could not be read.
    BusAdrErr,
    /// SIGKILL: the process was killed (OOM).
    Kill,
}

/// A signal that ended an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{} {} {addr:#x}", self.name(), self.code_name())]
pub struct Signal {
    /// Which, and why.
    pub code: SigCode,
    /// `si_addr`.
    pub addr: u64,
}

impl Signal {
    /// The signal's name.
    pub fn name(&self) -> &'static str {
        match self.code {
            SigCode::SegvMapErr | SigCode::SegvAccErr | SigCode::SegvKernel => "SIGSEGV",
            SigCode::BusAdrErr => "SIGBUS",
            SigCode::Kill => "SIGKILL",
        }
    }

    /// The name of `si_code`.
    pub fn code_name(&self) -> &'static str {
        match self.code {
            SigCode::SegvMapErr => "SEGV_MAPERR",
            SigCode::SegvAccErr => "SEGV_ACCERR",
            SigCode::SegvKernel | SigCode::Kill => "SI_KERNEL",
            SigCode::BusAdrErr => "BUS_ADRERR",
        }
    }
}
