//! Calls of the C library's allocator.

use super::Family::Library;
use super::Param::Value;
use super::{Args, Call, Caller, Outcome, Stop};

pub(super) const CALLS: &[Call] = &[
    Call::new("malloc", Library, &[Value("size")], malloc),
    Call::new("calloc", Library, &[Value("count"), Value("size")], calloc),
    Call::new("realloc", Library, &[Value("block"), Value("size")], realloc),
    Call::new("reallocarray", Library, &[Value("block"), Value("count"), Value("size")], reallocarray),
    Call::new("free", Library, &[Value("block")], free),
    Call::new("memalign", Library, &[Value("align"), Value("size")], memalign),
    Call::new("aligned_alloc", Library, &[Value("align"), Value("size")], aligned_alloc),
    Call::new("posix_memalign", Library, &[Value("align"), Value("size")], posix_memalign),
    Call::new("malloc_trim", Library, &[Value("pad")], malloc_trim),
    Call::new("malloc_usable_size", Library, &[Value("block")], malloc_usable_size),
    Call::new("mallopt", Library, &[Value("param"), Value("value")], mallopt),
    Call::new("mallinfo", Library, &[], mallinfo),
];

fn malloc(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    Ok(Outcome::Hex(caller.program()?.malloc(a.value(0))?))
}

fn calloc(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    Ok(Outcome::Hex(caller.program()?.calloc(a.value(0), a.value(1))?))
}

fn realloc(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    Ok(Outcome::Hex(caller.program()?.realloc(a.value(0), a.value(1))?))
}

fn reallocarray(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    Ok(Outcome::Hex(caller.program()?.reallocarray(a.value(0), a.value(1), a.value(2))?))
}

fn free(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    caller.program()?.free(a.value(0))?;
    Ok(Outcome::DONE)
}

fn memalign(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    Ok(Outcome::Hex(caller.program()?.memalign(a.value(0), a.value(1))?))
}

fn aligned_alloc(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    Ok(Outcome::Hex(caller.program()?.aligned_alloc(a.value(0), a.value(1))?))
}

fn posix_memalign(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    Ok(Outcome::Hex(caller.program()?.posix_memalign(a.value(0), a.value(1))?))
}

fn malloc_trim(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    Ok(Outcome::Number(caller.program()?.malloc_trim(a.value(0))? as u64))
}

fn malloc_usable_size(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    Ok(Outcome::Number(caller.program()?.malloc_usable_size(a.value(0))?))
}

/// The prototype's arguments are ints: the low 32 bits count.
fn mallopt(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    Ok(Outcome::Number(caller.program()?.mallopt(a.value(0) as i32, a.value(1) as i32)? as u64))
}

/// The fields of mallinfo2 that are not zero, or `0`.
fn mallinfo(caller: &mut Caller<'_>, _: &Args<'_>) -> Result<Outcome, Stop> {
    let info = caller.program()?.mallinfo2()?;
    let set: Vec<String> = info
        .fields()
        .iter()
        .filter(|(_, value)| *value > 0)
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    Ok(if set.is_empty() { Outcome::DONE } else { Outcome::Text(set.join(" ")) })
}
