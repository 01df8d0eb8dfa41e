//! fork, exit and setrlimit.

use super::super::HostError;
use super::super::answer::Answer;
use super::super::process::{Process, Thread};
use super::super::session::{Actor, Session, no_such_call};
use super::super::stub::SCRATCH;
use super::super::sys;
use super::super::template;
use super::super::tracee::Tracee;
use crate::script::Line;

/// More processes than any scenario needs.
const MOST: usize = 256;

pub(super) fn perform(session: &mut Session<'_>, line: &Line<'_>, at: Actor) -> Result<Answer, HostError> {
    match line.call {
        "fork" => fork(session, line, at),
        "exit" => exit(session, line, at),
        _ => setrlimit(session, line, at),
    }
}

fn fork(session: &mut Session<'_>, line: &Line<'_>, at: Actor) -> Result<Answer, HostError> {
    let [child] = session.values(line)?;
    if session.index_of(child).is_some() || session.processes.len() >= MOST {
        return Err(no_such_call(line).into());
    }
    let parent = session.tracee(at);
    let Some(tracee) = template::copy(parent)? else {
        return Ok(Answer::number(parent.registers().rax as i64));
    };
    template::settle(parent)?;
    session.take_in(Process::new(child, Thread::new(1, tracee, None))?);
    Ok(Answer::number(child as i64))
}

/// The end of all threads; the first can be waited for only after the others.
fn exit(session: &mut Session<'_>, line: &Line<'_>, at: Actor) -> Result<Answer, HostError> {
    let code = session.values::<1>(line)?;
    session.tracee(at).begin_call(libc::SYS_exit_group, &code)?;
    let process = session.processes.remove(at.process);
    process.threads.iter().rev().for_each(|thread| sys::wait_for_end(thread.tracee.pid));
    Ok(Answer::number(0))
}

fn setrlimit(session: &mut Session<'_>, line: &Line<'_>, at: Actor) -> Result<Answer, HostError> {
    let [resource, soft] = session.values(line)?;
    set_limit(session.tracee(at), resource, soft)
}

/// Has a process set its own soft limit, and leave the hard one.
pub(in super::super) fn set_limit(
    tracee: &mut Tracee,
    resource: u64,
    soft: u64,
) -> Result<Answer, HostError> {
    // Of a limit that there is none of, the call itself says so.
    let hard = sys::hard_limit(tracee.pid, resource).unwrap_or(u64::MAX);
    tracee.poke(SCRATCH, &[soft, hard].map(u64::to_le_bytes).concat())?;
    Ok(Answer::number(tracee.call(libc::SYS_setrlimit, &[resource, SCRATCH])?))
}
