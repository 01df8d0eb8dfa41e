//! fork, exit and setrlimit.

use super::super::HostError;
use super::super::answer::Answer;
use super::super::session::{Session, no_such_call};
use super::super::stub::SCRATCH;
use super::super::sys;
use super::super::template;
use super::super::tracee::End;
use crate::script::Line;

/// More processes than any scenario needs.
const MOST: usize = 256;

pub(super) fn perform(session: &mut Session<'_>, line: &Line<'_>, at: usize) -> Result<Answer, HostError> {
    match line.call {
        "fork" => fork(session, line, at),
        "exit" => exit(session, line, at),
        _ => setrlimit(session, line, at),
    }
}

fn fork(session: &mut Session<'_>, line: &Line<'_>, at: usize) -> Result<Answer, HostError> {
    let [child] = session.values(line)?;
    if session.index_of(child).is_some() || session.processes.len() >= MOST {
        return Err(no_such_call(line).into());
    }
    let parent = &mut session.processes[at].tracee;
    let Some(tracee) = template::copy(parent)? else {
        return Ok(Answer::number(parent.registers().rax as i64));
    };
    template::settle(parent)?;
    session.take_in(child, tracee)?;
    Ok(Answer::number(child as i64))
}

fn exit(session: &mut Session<'_>, line: &Line<'_>, at: usize) -> Result<Answer, HostError> {
    let code = session.values::<1>(line)?;
    match session.processes[at].tracee.try_call(libc::SYS_exit_group, &code)? {
        End::Gone => session.processes.remove(at),
        _ => return Err(HostError::Lost),
    };
    Ok(Answer::number(0))
}

fn setrlimit(session: &mut Session<'_>, line: &Line<'_>, at: usize) -> Result<Answer, HostError> {
    let [resource, soft] = session.values(line)?;
    let tracee = &mut session.processes[at].tracee;
    let hard = sys::hard_limit(tracee.pid, resource)?;
    tracee.poke(SCRATCH, &[soft, hard].map(u64::to_le_bytes).concat())?;
    Ok(Answer::number(tracee.call(libc::SYS_setrlimit, &[resource, SCRATCH])?))
}
