//! Threads and processes of a program that has the C library.

use super::super::HostError;
use super::super::answer::Answer;
use super::super::calls::set_limit;
use super::super::proc_fs::{self, Faults};
use super::super::process::{Process, Thread};
use super::super::session::{Actor, Session, no_such_call};
use super::super::stub::{RETURN, SCRATCH};
use super::super::tracee::{End, Tracee};
use super::calls::call;
use super::strace::Watch;
use super::{Library, SLOT, SLOTS, Stack, loader, own, slot_start};
use crate::script::Line;

/// glibc's fork. What it copies of our own is made whole again and not counted; what it writes to arenas is.
pub(super) fn fork(
    session: &mut Session<'_>,
    library: &Library,
    line: &Line<'_>,
    actor: Actor,
) -> Result<Answer, HostError> {
    let [id] = session.values(line)?;
    if session.index_of(id).is_some() {
        return Err(no_such_call(line).into());
    }
    let returned = call(session, library, actor, "fork", &[])?;
    let slots: Vec<u64> =
        session.processes[actor.process].threads.iter().filter_map(|thread| thread.stack?.slot).collect();
    let parent = session.thread(actor);
    let (stack, errno) = (parent.stack, parent.errno);
    let born = parent.tracee.born.filter(|_| returned.end == End::Trap);
    let mut child = Tracee::adopt(born.ok_or(HostError::Lost)?)?;
    if child.go_on(None)? != End::Trap {
        return Err(HostError::Lost);
    }
    let faults = Faults { minor: loader::arenas(&parent.tracee)?, major: 0 };
    own(&mut parent.tracee, slots)?;
    own(&mut child, stack.and_then(|stack| stack.slot))?;
    let mut process = Process::new(id, Thread { errno, ..Thread::new(1, child, stack) })?;
    process.counted = faults;
    session.take_in(process);
    Ok(Answer { faults: Some(faults), ..Answer::number(id as i64) })
}

/// A new thread on a prepared stack; it stops where its first function would begin.
pub(super) fn thread(
    session: &mut Session<'_>,
    library: &Library,
    line: &Line<'_>,
    actor: Actor,
) -> Result<Answer, HostError> {
    let [number] = session.values(line)?;
    let threads = &session.processes[actor.process].threads;
    let taken =
        |slot: &u64| threads.iter().any(|thread| thread.stack.is_some_and(|stack| stack.slot == Some(*slot)));
    let free = (0..SLOTS).find(|slot| !taken(slot));
    let (Some(slot), false) = (free, threads.iter().any(|thread| thread.number == number)) else {
        return Err(no_such_call(line).into());
    };
    own(session.tracee(actor), [slot])?;
    const DETACHED: u64 = 1;
    const ATTRIBUTES: u64 = SCRATCH;
    const HANDLE: u64 = SCRATCH + 0x100;
    call(session, library, actor, "pthread_attr_init", &[ATTRIBUTES])?;
    call(session, library, actor, "pthread_attr_setstack", &[ATTRIBUTES, slot_start(slot), SLOT])?;
    call(session, library, actor, "pthread_attr_setdetachstate", &[ATTRIBUTES, DETACHED])?;
    let made = call(session, library, actor, "pthread_create", &[HANDLE, ATTRIBUTES, RETURN, 0])?;
    let born = session.tracee(actor).born.filter(|_| made.end == End::Trap && made.value == 0);
    let mut tracee = Tracee::adopt(born.ok_or(HostError::Lost)?)?;
    if tracee.go_on(None)? != End::Trap {
        return Err(HostError::Lost);
    }
    let birth = tracee.registers();
    let stack = Stack { top: (birth.rsp - 0x100) & !0xf, slot: Some(slot) };
    let thread = Thread { birth: Some(birth), ..Thread::new(number, tracee, Some(stack)) };
    session.processes[actor.process].threads.push(thread);
    Ok(Answer { faults: Some(Faults::default()), ..Answer::number(0) })
}

/// Lets a thread's first function return; what then happens in the library is the real thing.
pub(super) fn thread_exit(session: &mut Session<'_>, actor: Actor) -> Result<Answer, HostError> {
    let pid = session.pid(actor);
    let before = proc_fs::faults(pid)?;
    let thread = session.thread(actor);
    let mut registers = thread.birth.ok_or(HostError::Lost)?;
    let mut address = [0; 8];
    thread.tracee.peek(registers.rsp, &mut address)?;
    registers.rip = u64::from_le_bytes(address);
    registers.rsp += 8;
    (registers.rax, registers.orig_rax) = (0, u64::MAX);
    let mut watch = Watch::new(thread.tracee.pid);
    if thread.tracee.run_from(registers, Some(&mut |registers| watch.see(registers)))? != End::Gone {
        return Err(HostError::Lost);
    }
    session.processes[actor.process].threads.remove(actor.thread);
    let mut answer = Answer { faults: Some(proc_fs::faults(pid)?.since(before)), ..Answer::number(0) };
    if session.host.syscalls {
        answer.below = watch.log;
    }
    Ok(answer)
}

/// A limit, higher by what is not the scenario's; 0 stays 0, which for data has a meaning of its own.
pub(super) fn setrlimit(
    session: &mut Session<'_>,
    library: &Library,
    line: &Line<'_>,
    actor: Actor,
) -> Result<Answer, HostError> {
    let [resource, soft] = session.values(line)?;
    let none = resource == u64::from(libc::RLIMIT_DATA) && soft == 0;
    let soft = if none { 0 } else { soft.saturating_add(library.surplus(resource)) };
    set_limit(session.tracee(actor), resource, soft)
}
