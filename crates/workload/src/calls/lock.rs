//! System calls that lock pages in memory.

use super::Family::System;
use super::Param::Value;
use super::{Args, Call, Caller, Outcome, Stop};

pub(super) const CALLS: &[Call] = &[
    Call::new("mlock", System, &[Value("addr"), Value("length")], mlock),
    Call::new("mlock2", System, &[Value("addr"), Value("length"), Value("flags")], mlock2),
    Call::new("munlock", System, &[Value("addr"), Value("length")], munlock),
    Call::new("mlockall", System, &[Value("flags")], mlockall),
    Call::new("munlockall", System, &[], munlockall),
];

fn mlock(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    caller.task()?.mlock(a.value(0), a.value(1))?;
    Ok(Outcome::DONE)
}

fn mlock2(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    caller.task()?.mlock2(a.value(0), a.value(1), a.value(2))?;
    Ok(Outcome::DONE)
}

fn munlock(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    caller.task()?.munlock(a.value(0), a.value(1))?;
    Ok(Outcome::DONE)
}

fn mlockall(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    caller.task()?.mlockall(a.value(0))?;
    Ok(Outcome::DONE)
}

fn munlockall(caller: &mut Caller<'_>, _: &Args<'_>) -> Result<Outcome, Stop> {
    caller.task()?.munlockall();
    Ok(Outcome::DONE)
}
