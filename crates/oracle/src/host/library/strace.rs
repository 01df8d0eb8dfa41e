//! The memory system calls that the C library makes, in strace's form; and what the library is told of the machine.

use super::super::errno;
use super::super::sys::{self, Registers};
use super::Library;
use std::fmt::Write;

/// Watches a thread while it runs a function of the C library.
pub(super) struct Watch {
    pid: i32,
    inside: bool,
    /// The call that is on is about memory of the oracle's.
    own: bool,
    /// The calls made, a line each.
    pub(super) log: String,
}

impl Watch {
    pub(super) fn new(pid: i32) -> Self {
        Self { pid, inside: false, own: false, log: String::new() }
    }

    /// Sees the thread at the begin and the end of a system call; whether it has changed its registers.
    pub(super) fn see(&mut self, registers: &mut Registers) -> bool {
        self.inside = !self.inside;
        let number = registers.orig_rax as libc::c_long;
        match (self.inside, number) {
            (false, libc::SYS_sched_getaffinity) => return self.claim_two_processors(registers),
            (true, libc::SYS_madvise) if Library::has(registers.rdi) => return self.spare(registers),
            (true, _) => self.begin(number, registers),
            (false, _) if std::mem::take(&mut self.own) => {}
            (false, _) if is_shown(number) => self.end(number, registers.rax as i64),
            _ => {}
        }
        false
    }

    /// The scenario's machine has two processors; this thread may use only one.
    fn claim_two_processors(&self, registers: &mut Registers) -> bool {
        const BOTH: u64 = 3;
        let told = sys::poke(self.pid, registers.rdx, &BOTH.to_le_bytes()).is_ok();
        registers.rax = 8;
        told
    }

    /// Before 2.34 a thread that ends drops its stack's pages, which here are the oracle's: they stay.
    fn spare(&mut self, registers: &mut Registers) -> bool {
        self.own = true;
        registers.rdx = libc::MADV_NORMAL as u64;
        true
    }

    fn begin(&mut self, number: libc::c_long, regs: &Registers) {
        let (start, length, third) = (pointer(regs.rdi), regs.rsi, regs.rdx);
        let text = match number {
            libc::SYS_brk => format!("brk({start})"),
            libc::SYS_mmap => {
                let (prot, flags) = (protection(third), flags(regs.r10, MAP, "0"));
                format!("mmap({start}, {length}, {prot}, {flags}, {}, {})", regs.r8 as i32, offset(regs.r9))
            }
            libc::SYS_munmap => format!("munmap({start}, {length})"),
            libc::SYS_mprotect => format!("mprotect({start}, {length}, {})", protection(third)),
            libc::SYS_mremap => {
                let target =
                    if regs.r10 & 2 == 0 { String::new() } else { format!(", {}", pointer(regs.r8)) };
                format!("mremap({start}, {length}, {third}, {}{target})", flags(regs.r10, MREMAP, "0"))
            }
            libc::SYS_madvise => format!("madvise({start}, {length}, {})", advice(third)),
            _ => return,
        };
        let _ = write!(self.log, "  {text}");
    }

    fn end(&mut self, number: libc::c_long, result: i64) {
        let _ = match (number, result) {
            (_, -4095..=-1) => {
                writeln!(self.log, " = -1 {} ({})", errno::name(-result), errno::message(-result))
            }
            (libc::SYS_brk | libc::SYS_mmap | libc::SYS_mremap, _) => writeln!(self.log, " = {result:#x}"),
            _ => writeln!(self.log, " = {result}"),
        };
    }
}

fn is_shown(number: libc::c_long) -> bool {
    matches!(
        number,
        libc::SYS_brk
            | libc::SYS_mmap
            | libc::SYS_munmap
            | libc::SYS_mprotect
            | libc::SYS_mremap
            | libc::SYS_madvise
    )
}

const PROT: &[(u64, &str)] = &[(1, "PROT_READ"), (2, "PROT_WRITE"), (4, "PROT_EXEC")];
const MAP: &[(u64, &str)] = &[
    (1, "MAP_SHARED"),
    (2, "MAP_PRIVATE"),
    (0x10, "MAP_FIXED"),
    (0x20, "MAP_ANONYMOUS"),
    (0x4000, "MAP_NORESERVE"),
    (0x2_0000, "MAP_STACK"),
];
const MREMAP: &[(u64, &str)] = &[(1, "MREMAP_MAYMOVE"), (2, "MREMAP_FIXED"), (4, "MREMAP_DONTUNMAP")];

fn protection(bits: u64) -> String {
    flags(bits, PROT, "PROT_NONE")
}

/// The names of `bits`, what has none as a number, `none` if there is nothing.
fn flags(bits: u64, names: &[(u64, &str)], none: &str) -> String {
    let known: u64 = names.iter().map(|&(bit, _)| bit).sum();
    let mut words: Vec<String> =
        names.iter().filter(|&&(bit, _)| bits & bit != 0).map(|&(_, name)| name.to_owned()).collect();
    if bits & !known != 0 {
        words.push(format!("{:#x}", bits & !known));
    }
    if words.is_empty() { none.to_owned() } else { words.join("|") }
}

fn pointer(address: u64) -> String {
    if address == 0 { "NULL".to_owned() } else { format!("{address:#x}") }
}

fn offset(offset: u64) -> String {
    if offset == 0 { "0".to_owned() } else { format!("{offset:#x}") }
}

fn advice(advice: u64) -> String {
    match advice {
        4 => "MADV_DONTNEED".to_owned(),
        8 => "MADV_FREE".to_owned(),
        14 => "MADV_HUGEPAGE".to_owned(),
        other => other.to_string(),
    }
}
