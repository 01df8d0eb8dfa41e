//! load, store, fetch, touch and memset.

use super::super::HostError;
use super::super::answer::{Answer, signal_text};
use super::super::session::{Actor, Session, no_such_call, words};
use super::super::stub::Routine;
use super::super::sys::Signal;
use super::super::tracee::{End, Tracee};
use crate::script::Line;

pub(super) fn perform(session: &mut Session<'_>, line: &Line<'_>, at: Actor) -> Result<Answer, HostError> {
    let given = line.arguments.len();
    match line.call {
        "load" if (1..=2).contains(&given) => load(session, line, at),
        "store" if (2..=3).contains(&given) => store(session, line, at),
        "touch" => touch(session, line, at),
        "memset" => {
            let arguments = session.values::<3>(line)?;
            let end = session.tracee(at).routine(Routine::Memset, 0, arguments)?;
            ended(end, || Answer::number(0))
        }
        "fetch" => {
            let [address] = session.values(line)?;
            fetch(session.tracee(at), address)
        }
        _ => Err(no_such_call(line).into()),
    }
}

fn load(session: &mut Session<'_>, line: &Line<'_>, at: Actor) -> Result<Answer, HostError> {
    let (address, width) = (session.names.value(line.arguments[0])?, width(session, line, 1)?);
    let tracee = session.tracee(at);
    let end = tracee.routine(Routine::Load, width, [address, 0, 0])?;
    ended(end, || Answer::hex(tracee.registers().rax))
}

fn store(session: &mut Session<'_>, line: &Line<'_>, at: Actor) -> Result<Answer, HostError> {
    let (address, value) = (session.names.value(line.arguments[0])?, session.names.value(line.arguments[1])?);
    let width = width(session, line, 2)?;
    let end = session.tracee(at).routine(Routine::Store, width, [address, value, 0])?;
    ended(end, || Answer::number(0))
}

/// The logarithm of the size that argument `at` gives, 1 byte if there is none.
fn width(session: &Session<'_>, line: &Line<'_>, at: usize) -> Result<u64, HostError> {
    let size = line.arguments.get(at).map_or(Ok(1), |word| session.names.value(word))?;
    match size {
        1 | 2 | 4 | 8 => Ok(size.ilog2().into()),
        _ => Err(no_such_call(line).into()),
    }
}

fn touch(session: &mut Session<'_>, line: &Line<'_>, at: Actor) -> Result<Answer, HostError> {
    let [address, length, how] = words(line)?;
    let routine = match how {
        "r" => Routine::TouchRead,
        "w" => Routine::TouchWrite,
        _ => return Err(no_such_call(line).into()),
    };
    let (address, length) = (session.names.value(address)?, session.names.value(length)?);
    let tracee = session.tracee(at);
    let end = tracee.routine(routine, 0, [address, address.wrapping_add(length), 0])?;
    let pages = tracee.registers().rdx;
    match end {
        End::Signal(signal) => Ok(Answer::text(format!(" {pages}{}", signal_text(signal)))),
        _ => ended(end, || Answer::number(pages as i64)),
    }
}

/// Only a fault of the fetch itself counts: what the instruction then does is not of interest.
fn fetch(tracee: &mut Tracee, address: u64) -> Result<Answer, HostError> {
    let beyond = Signal { number: libc::SIGSEGV, code: libc::SI_KERNEL, address: 0 };
    match tracee.step(address)? {
        None => Ok(Answer::signal(beyond)),
        Some(End::Signal(signal)) if is_of_fetch(signal, address) => Ok(Answer::signal(signal)),
        Some(End::Gone) => Err(HostError::Lost),
        Some(_) => Ok(Answer::number(0)),
    }
}

fn is_of_fetch(signal: Signal, address: u64) -> bool {
    const LONGEST_INSTRUCTION: u64 = 15;
    let near = signal.address.wrapping_sub(address) < LONGEST_INSTRUCTION;
    matches!(signal.number, libc::SIGSEGV | libc::SIGBUS) && near && signal.code != libc::SI_KERNEL
}

fn ended(end: End, answer: impl FnOnce() -> Answer) -> Result<Answer, HostError> {
    match end {
        End::Trap => Ok(answer()),
        End::Signal(signal) => Ok(Answer::signal(signal)),
        End::Gone => Err(HostError::Lost),
    }
}
