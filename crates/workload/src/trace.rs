//! The system calls that a C library makes, counted and kept in strace's form.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use memtwin_kernel::Errno;

/// System calls by name, and the last ones in full.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Trace {
    /// How many there were of each.
    counts: BTreeMap<Cow<'static, str>, u64>,
    /// Those since the last [`clear`](Self::clear), if they are kept.
    kept: Vec<SystemCall>,
    keep: bool,
}

impl Trace {
    /// Keeps the calls themselves from now on, not only their numbers.
    pub fn keep(&mut self) {
        self.keep = true;
    }

    /// Enters a call.
    pub fn record(&mut self, call: SystemCall) {
        self.count(call.request.name());
        if self.keep {
            self.kept.push(call);
        }
    }

    /// Counts a call that is not kept.
    pub fn count(&mut self, name: &'static str) {
        *self.counts.entry(Cow::Borrowed(name)).or_default() += 1;
    }

    /// How many calls of each name there were.
    pub fn counts(&self) -> &BTreeMap<Cow<'static, str>, u64> {
        &self.counts
    }

    /// The calls since the last [`clear`](Self::clear).
    pub fn kept(&self) -> &[SystemCall] {
        &self.kept
    }

    /// Forgets the calls kept.
    pub fn clear(&mut self) {
        self.kept.clear();
    }
}

/// A system call of a C library and its answer. `Display` is strace's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemCall {
    /// What was asked.
    pub request: Request,
    /// The register's value, or the errno.
    pub result: Result<u64, Errno>,
}

/// A system call with its arguments, as allocators make them. All in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // the prototypes' names
pub enum Request {
    Brk { addr: u64 },
    Mmap { addr: u64, len: u64, prot: u32, flags: u32 },
    Munmap { addr: u64, len: u64 },
    Mprotect { addr: u64, len: u64, prot: u32 },
    Mremap { addr: u64, old_len: u64, new_len: u64, flags: u32 },
    Madvise { addr: u64, len: u64, advice: u32 },
}

impl Request {
    /// The call's name.
    pub fn name(&self) -> &'static str {
        match self {
            Request::Brk { .. } => "brk",
            Request::Mmap { .. } => "mmap",
            Request::Munmap { .. } => "munmap",
            Request::Mprotect { .. } => "mprotect",
            Request::Mremap { .. } => "mremap",
            Request::Madvise { .. } => "madvise",
        }
    }

    fn answers_address(&self) -> bool {
        matches!(self, Request::Brk { .. } | Request::Mmap { .. } | Request::Mremap { .. })
    }
}

impl fmt::Display for SystemCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = ", self.request)?;
        match self.result {
            Ok(addr) if self.request.answers_address() => write!(f, "{addr:#x}"),
            Ok(value) => write!(f, "{value}"),
            Err(errno) => write!(f, "-1 {} ({})", errno.name(), errno.message()),
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Request::Brk { addr } => write!(f, "brk({})", Addr(addr)),
            Request::Mmap { addr, len, prot, flags } => {
                let (prot, flags) = (Bits(prot, PROT, "PROT_NONE"), Bits(flags, MAP, "0"));
                write!(f, "mmap({}, {len}, {prot}, {flags}, -1, 0)", Addr(addr))
            }
            Request::Munmap { addr, len } => write!(f, "munmap({}, {len})", Addr(addr)),
            Request::Mprotect { addr, len, prot } => {
                write!(f, "mprotect({}, {len}, {})", Addr(addr), Bits(prot, PROT, "PROT_NONE"))
            }
            Request::Mremap { addr, old_len, new_len, flags } => {
                write!(f, "mremap({}, {old_len}, {new_len}, {})", Addr(addr), Bits(flags, MREMAP, "0"))
            }
            Request::Madvise { addr, len, advice } => {
                write!(f, "madvise({}, {len}, ", Addr(addr))?;
                match ADVICE.iter().find(|(number, _)| *number == advice) {
                    Some((_, name)) => write!(f, "{name})"),
                    None => write!(f, "{advice})"),
                }
            }
        }
    }
}

const PROT: &[(u32, &str)] = &[(1, "PROT_READ"), (2, "PROT_WRITE"), (4, "PROT_EXEC")];
const MAP: &[(u32, &str)] = &[
    (1, "MAP_SHARED"),
    (2, "MAP_PRIVATE"),
    (0x10, "MAP_FIXED"),
    (0x20, "MAP_ANONYMOUS"),
    (0x4000, "MAP_NORESERVE"),
    (0x2_0000, "MAP_STACK"),
];
const MREMAP: &[(u32, &str)] = &[(1, "MREMAP_MAYMOVE"), (2, "MREMAP_FIXED"), (4, "MREMAP_DONTUNMAP")];
const ADVICE: &[(u32, &str)] = &[(4, "MADV_DONTNEED"), (8, "MADV_FREE"), (14, "MADV_HUGEPAGE")];

/// An address: hex, 0 as NULL.
struct Addr(u64);

impl fmt::Display for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 { f.write_str("NULL") } else { write!(f, "{:#x}", self.0) }
    }
}

/// Flags by name, joined by `|`; the last field for none, bits without a name in hex.
struct Bits(u32, &'static [(u32, &'static str)], &'static str);

impl fmt::Display for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str(self.2);
        }
        let mut left = self.0;
        let mut join = "";
        for (bit, name) in self.1.iter().filter(|(bit, _)| self.0 & bit != 0) {
            write!(f, "{join}{name}")?;
            left &= !bit;
            join = "|";
        }
        if left == 0 { Ok(()) } else { write!(f, "{join}{left:#x}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_read_as_strace_prints_them() {
        let shown = |request, result| SystemCall { request, result }.to_string();
        assert_eq!(shown(Request::Brk { addr: 0 }, Ok(0x555555559000)), "brk(NULL) = 0x555555559000");
        let mmap = Request::Mmap { addr: 0, len: 4096, prot: 3, flags: 0x22 };
        assert_eq!(
            shown(mmap, Err(Errno::ENOMEM)),
            "mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = -1 ENOMEM (Cannot allocate memory)"
        );
        let reserve = Request::Mmap { addr: 0x7fffe8000000, len: 1 << 26, prot: 0, flags: 0x4022 };
        assert_eq!(
            shown(reserve, Ok(0x7fffe8000000)),
            "mmap(0x7fffe8000000, 67108864, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0) = 0x7fffe8000000"
        );
        assert_eq!(
            shown(Request::Madvise { addr: 0x1000, len: 4096, advice: 4 }, Ok(0)),
            "madvise(0x1000, 4096, MADV_DONTNEED) = 0"
        );
        let mremap = Request::Mremap { addr: 0x1000, old_len: 4096, new_len: 8192, flags: 9 };
        assert_eq!(shown(mremap, Ok(0x1000)), "mremap(0x1000, 4096, 8192, MREMAP_MAYMOVE|0x8) = 0x1000");
    }

    #[test]
    fn counts_all_and_keeps_what_it_is_asked_to() {
        let mut trace = Trace::default();
        let brk = SystemCall { request: Request::Brk { addr: 0 }, result: Ok(1) };
        trace.record(brk);
        assert!(trace.kept().is_empty());
        trace.keep();
        trace.record(brk);
        assert_eq!(trace.kept(), [brk]);
        assert_eq!(trace.counts()["brk"], 2);
        trace.clear();
        assert!(trace.kept().is_empty());
    }
}
