//! Calls on files and memory objects.

use super::Family::System;
use super::Param::{Optional, Text, Value};
use super::{Args, Call, Caller, Outcome, Stop};

pub(super) const CALLS: &[Call] = &[
    Call::new("file", System, &[Text("name"), Value("size")], file),
    Call::new("memfd", System, &[Text("name"), Value("size"), Optional("flags", 0)], memfd),
    Call::new("open", System, &[Text("name"), Value("flags")], open),
    Call::new("close", System, &[Value("fd")], close),
    Call::new("ftruncate", System, &[Value("fd"), Value("size")], ftruncate),
    Call::new("pread", System, &[Value("fd"), Value("addr"), Value("length"), Value("offset")], pread),
    Call::new("pwrite", System, &[Value("fd"), Value("addr"), Value("length"), Value("offset")], pwrite),
    Call::new("fsync", System, &[Value("fd")], fsync),
    Call::new("evict", System, &[Value("fd")], evict),
    Call::new(
        "fallocate",
        System,
        &[Value("fd"), Value("mode"), Value("offset"), Value("length")],
        fallocate,
    ),
    Call::new("fadvise", System, &[Value("fd"), Value("offset"), Value("length"), Value("advice")], fadvise),
];

fn file(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    Ok(Outcome::Number(caller.task()?.file(a.text(0), a.value(1))?))
}

fn memfd(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    Ok(Outcome::Number(caller.task()?.memfd(a.text(0), a.value(1), a.value(2))?))
}

fn open(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    Ok(Outcome::Number(caller.task()?.open(a.text(0), a.value(1))?))
}

fn close(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    caller.task()?.close(a.value(0))?;
    Ok(Outcome::DONE)
}

fn ftruncate(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    caller.task()?.ftruncate(a.value(0), a.value(1))?;
    Ok(Outcome::DONE)
}

fn pread(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    Ok(Outcome::Number(caller.task()?.pread(a.value(0), a.value(1), a.value(2), a.value(3))?))
}

fn pwrite(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    Ok(Outcome::Number(caller.task()?.pwrite(a.value(0), a.value(1), a.value(2), a.value(3))?))
}

fn fsync(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    caller.task()?.fsync(a.value(0))?;
    Ok(Outcome::DONE)
}

fn evict(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    caller.task()?.evict(a.value(0))?;
    Ok(Outcome::DONE)
}

fn fadvise(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    caller.task()?.fadvise(a.value(0), a.value(1), a.value(2), a.value(3))?;
    Ok(Outcome::DONE)
}

fn fallocate(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    caller.task()?.fallocate(a.value(0), a.value(1), a.value(2), a.value(3))?;
    Ok(Outcome::DONE)
}
