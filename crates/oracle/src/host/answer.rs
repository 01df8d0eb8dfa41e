//! What a line is answered with: the text after the arrow and the value of its name.

use super::errno;
use super::proc_fs::Faults;
use super::sys::Signal;

/// The outcome of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// The text after ` ->`, with what separates it from that.
    pub(super) text: String,
    /// What a name is bound to.
    pub(super) value: u64,
    /// The call's faults, where they are not those that the calling thread has taken since.
    pub(super) faults: Option<Faults>,
    /// Lines that follow the answer's.
    pub(super) below: String,
}

impl Answer {
    /// A text as it stands, and a value.
    pub(super) fn new(text: impl Into<String>, value: u64) -> Self {
        Self { text: text.into(), value, faults: None, below: String::new() }
    }

    /// A text as it stands.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::new(text, 0)
    }

    /// A system call's result that is a number.
    pub(super) fn number(result: i64) -> Self {
        Self::failure(result).unwrap_or_else(|| Self::new(format!(" {result}"), result as u64))
    }

    /// A system call's result that is an address.
    pub(super) fn address(result: i64) -> Self {
        Self::failure(result).unwrap_or_else(|| Self::hex(result as u64))
    }

    /// A value in hexadecimal.
    pub(super) fn hex(value: u64) -> Self {
        Self::new(format!(" {value:#x}"), value)
    }

    /// A signal that ended the call.
    pub(super) fn signal(signal: Signal) -> Self {
        Self::text(signal_text(signal))
    }

    fn failure(result: i64) -> Option<Self> {
        (-4095..0).contains(&result).then(|| Self::text(format!(" -1 {}", errno::name(-result))))
    }
}

/// A signal as scenarios print it, with a blank before it.
pub(super) fn signal_text(signal: Signal) -> String {
    let name = match signal.number {
        libc::SIGSEGV => "SIGSEGV",
        libc::SIGBUS => "SIGBUS",
        libc::SIGILL => "SIGILL",
        libc::SIGFPE => "SIGFPE",
        _ => "SIG?",
    };
    let code = match (signal.number, signal.code) {
        (_, libc::SI_KERNEL) => "SI_KERNEL",
        (libc::SIGSEGV, 1) => "SEGV_MAPERR",
        (libc::SIGSEGV, 2) => "SEGV_ACCERR",
        (libc::SIGBUS, libc::BUS_ADRALN) => "BUS_ADRALN",
        (libc::SIGBUS, libc::BUS_ADRERR) => "BUS_ADRERR",
        (libc::SIGBUS, libc::BUS_OBJERR) => "BUS_OBJERR",
        _ => "?",
    };
    format!(" {name} {code} {:#x}", signal.address)
}
