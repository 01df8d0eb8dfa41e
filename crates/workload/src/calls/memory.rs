//! System calls on address ranges, and the break.

use super::Family::{Break, System};
use super::Param::{Optional, Value};
use super::{Args, Call, Caller, Outcome, Stop};

pub(super) const CALLS: &[Call] = &[
    Call::new(
        "mmap",
        System,
        &[Value("addr"), Value("length"), Value("prot"), Value("flags"), Value("fd"), Value("offset")],
        mmap,
    ),
    Call::new("munmap", System, &[Value("addr"), Value("length")], munmap),
    Call::new("mprotect", System, &[Value("addr"), Value("length"), Value("prot")], mprotect),
    Call::new(
        "mremap",
        System,
        &[Value("old"), Value("old_size"), Value("new_size"), Value("flags"), Optional("new", 0)],
        mremap,
    ),
    Call::new("brk", Break, &[Value("addr")], brk),
    Call::new("sbrk", Break, &[Value("increment")], sbrk),
    Call::new("madvise", System, &[Value("addr"), Value("length"), Value("advice")], madvise),
    Call::new("mseal", System, &[Value("addr"), Value("length"), Value("flags")], mseal),
    Call::new("msync", System, &[Value("addr"), Value("length"), Value("flags")], msync),
    Call::new("mincore", System, &[Value("addr"), Value("length")], mincore),
];

fn mmap(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    let addr = caller.task()?.mmap(a.value(0), a.value(1), a.value(2), a.value(3), a.value(4), a.value(5))?;
    Ok(Outcome::Hex(addr))
}

fn munmap(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    caller.task()?.munmap(a.value(0), a.value(1))?;
    Ok(Outcome::DONE)
}

fn mprotect(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    caller.task()?.mprotect(a.value(0), a.value(1), a.value(2))?;
    Ok(Outcome::DONE)
}

fn mseal(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    caller.task()?.mseal(a.value(0), a.value(1), a.value(2))?;
    Ok(Outcome::DONE)
}

fn mremap(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    let addr = caller.task()?.mremap(a.value(0), a.value(1), a.value(2), a.value(3), a.value(4))?;
    Ok(Outcome::Hex(addr))
}

fn brk(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    caller.program()?.brk(a.value(0))?;
    Ok(Outcome::DONE)
}

fn sbrk(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    Ok(Outcome::Hex(caller.program()?.sbrk(a.value(0) as i64)?))
}

fn madvise(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    caller.task()?.madvise(a.value(0), a.value(1), a.value(2))?;
    Ok(Outcome::DONE)
}

fn msync(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    caller.task()?.msync(a.value(0), a.value(1), a.value(2))?;
    Ok(Outcome::DONE)
}

/// A character a page: whether it is in memory.
fn mincore(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    let pages = caller.task()?.mincore(a.value(0), a.value(1))?;
    Ok(Outcome::Text(pages.into_iter().map(|resident| if resident { '1' } else { '0' }).collect()))
}
