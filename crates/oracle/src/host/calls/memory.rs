//! mmap and its family, the break, locks, and mincore.

use super::super::HostError;
use super::super::answer::Answer;
use super::super::session::{Actor, Session, no_such_call};
use super::super::stub::{SCRATCH, SCRATCH_SIZE};
use super::super::tracee::Tracee;
use crate::script::Line;

/// mseal, whose number is the same on all architectures.
const SYS_MSEAL: libc::c_long = 462;

pub(super) fn perform(session: &mut Session<'_>, line: &Line<'_>, at: Actor) -> Result<Answer, HostError> {
    let arguments: Vec<u64> = match (line.call, line.arguments.len()) {
        ("mmap", 6) => session.values::<6>(line)?.into(),
        ("mremap", 5) => session.values::<5>(line)?.into(),
        ("mremap", 4) => session.values::<4>(line)?.into(),
        ("munmap" | "mlock" | "munlock" | "mincore", 2) => session.values::<2>(line)?.into(),
        ("mprotect" | "madvise" | "msync" | "mlock2" | "mseal", 3) => session.values::<3>(line)?.into(),
        ("mlockall" | "brk" | "sbrk", 1) => session.values::<1>(line)?.into(),
        ("munlockall", 0) => Vec::new(),
        _ => return Err(no_such_call(line).into()),
    };
    let tracee = session.tracee(at);
    let mut number = |call| tracee.call(call, &arguments).map(Answer::number);
    match line.call {
        "mmap" => Ok(Answer::address(tracee.call(libc::SYS_mmap, &arguments)?)),
        "mremap" => Ok(Answer::address(tracee.call(libc::SYS_mremap, &arguments)?)),
        "munmap" => number(libc::SYS_munmap),
        "mprotect" => number(libc::SYS_mprotect),
        "madvise" => number(libc::SYS_madvise),
        "mlock" => number(libc::SYS_mlock),
        "mlock2" => number(libc::SYS_mlock2),
        "mseal" => number(SYS_MSEAL),
        "munlock" => number(libc::SYS_munlock),
        "mlockall" => number(libc::SYS_mlockall),
        "munlockall" => number(libc::SYS_munlockall),
        "msync" => number(libc::SYS_msync),
        "mincore" => mincore(tracee, arguments[0], arguments[1]),
        "brk" => brk(tracee, arguments[0]),
        _ => sbrk(tracee, arguments[0] as i64),
    }
}

/// glibc's wrapper: it fails where the kernel left the break below what was asked for.
fn brk(tracee: &mut Tracee, to: u64) -> Result<Answer, HostError> {
    let is = tracee.call(libc::SYS_brk, &[to])? as u64;
    Ok(Answer::number(if is < to { -i64::from(libc::ENOMEM) } else { 0 }))
}

fn sbrk(tracee: &mut Tracee, by: i64) -> Result<Answer, HostError> {
    let old = tracee.call(libc::SYS_brk, &[0])? as u64;
    let refused = Answer::number(-i64::from(libc::ENOMEM));
    match old.checked_add_signed(by) {
        _ if by == 0 => Ok(Answer::hex(old)),
        Some(new) if tracee.call(libc::SYS_brk, &[new])? as u64 >= new => Ok(Answer::hex(old)),
        _ => Ok(refused),
    }
}

fn mincore(tracee: &mut Tracee, address: u64, length: u64) -> Result<Answer, HostError> {
    let result = tracee.call(libc::SYS_mincore, &[address, length, SCRATCH])?;
    let pages = length.div_ceil(4096);
    if result != 0 {
        return Ok(Answer::number(result));
    }
    if pages > SCRATCH_SIZE {
        return Err(HostError::Unexpected("mincore of so long a range".to_owned()));
    }
    let mut vector = vec![0; pages as usize];
    tracee.peek(SCRATCH, &mut vector)?;
    let bits: String = vector.iter().map(|byte| if byte & 1 == 1 { '1' } else { '0' }).collect();
    Ok(Answer::text(if bits.is_empty() { bits } else { format!(" {bits}") }))
}
