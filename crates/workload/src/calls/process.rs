//! Processes, threads and their limits.

use super::Family::{Library, System};
use super::Param::{Optional, Value};
use super::{Args, Call, Caller, Outcome, Stop};
use crate::syntax::{Fault, Problem};
use memtwin_kernel::Errno;

/// As many as Linux can have (`PID_MAX_LIMIT`): mallocs keep a table of threads by number.
const MOST_THREADS: u64 = 1 << 22;
const ANY_U32: std::ops::RangeInclusive<u64> = 1..=u32::MAX as u64;

pub(super) const CALLS: &[Call] = &[
    Call::new("fork", System, &[Value("process")], fork),
    Call::new("exit", System, &[Optional("code", 0)], exit),
    Call::new("setrlimit", System, &[Value("resource"), Value("soft")], setrlimit),
    Call::new("sched_setaffinity", System, &[Value("cpu")], sched_setaffinity),
    Call::new("thread", Library, &[Value("thread")], thread),
    Call::new("thread_exit", Library, &[], thread_exit),
];

fn fork(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    let child = a.within(0, "a process number", ANY_U32, "1 to 4294967295")?;
    caller.twin.fork(caller.tid, child as u32).map_err(|error| in_use(error.into(), "process", child, a))?;
    Ok(Outcome::Number(child))
}

fn exit(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    caller.twin.exit(caller.tid, a.value(0) as i32)?;
    Ok(Outcome::DONE)
}

/// Sets the soft limit and leaves the hard one.
fn setrlimit(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    caller.task()?.setrlimit(a.value(0), a.value(1))?;
    Ok(Outcome::DONE)
}

/// Puts the calling thread on one processor.
fn sched_setaffinity(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    caller.task()?.sched_setaffinity(a.value(0))?;
    Ok(Outcome::DONE)
}

fn thread(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    let number = a.within(0, "a thread number", 1..=MOST_THREADS, "1 to 4194304")?;
    let started = caller.twin.thread_start(caller.tid, number as u32);
    started.map_err(|error| in_use(error.into(), "thread", number, a))?;
    Ok(Outcome::DONE)
}

fn thread_exit(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    if caller.tid.thread == 1 {
        return Err(Fault::new(a.call(), Problem::FirstThread).into());
    }
    caller.twin.thread_exit(caller.tid)?;
    Ok(Outcome::DONE)
}

/// EEXIST is no answer of Linux here: the number is the scenario's choice.
fn in_use(stop: Stop, what: &'static str, number: u64, a: &Args<'_>) -> Stop {
    match stop {
        Stop::Errno(Errno::EEXIST) => Fault::new(a.span(0), Problem::InUse { what, number }).into(),
        other => other,
    }
}
