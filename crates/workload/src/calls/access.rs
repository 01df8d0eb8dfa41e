//! The program's own accesses.

use super::Family::Access;
use super::Param::{Mode, Optional, Value};
use super::{Args, Call, Caller, Outcome, Stop};

pub(super) const CALLS: &[Call] = &[
    Call::new("load", Access, &[Value("addr"), Optional("size", 1)], load),
    Call::new("store", Access, &[Value("addr"), Value("value"), Optional("size", 1)], store),
    Call::new("fetch", Access, &[Value("addr")], fetch),
    Call::new("touch", Access, &[Value("addr"), Value("length"), Mode("r|w")], touch),
    Call::new("memset", Access, &[Value("addr"), Value("byte"), Value("length")], memset),
];

fn load(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    let size = a.access_size(1)?;
    Ok(Outcome::Hex(caller.task()?.load(a.value(0), size)?))
}

fn store(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    let size = a.access_size(2)?;
    caller.task()?.store(a.value(0), a.value(1), size)?;
    Ok(Outcome::DONE)
}

fn fetch(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    caller.task()?.fetch(a.value(0))?;
    Ok(Outcome::DONE)
}

/// One byte in each page of the range: at `addr`, then at each page start.
fn touch(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    let touched = caller.task()?.touch(a.value(0), a.value(1), a.value(2) == 1);
    Ok(match touched.signal {
        None => Outcome::Number(touched.pages),
        Some(signal) => Outcome::Touched(touched.pages, signal),
    })
}

fn memset(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    caller.task()?.memset(a.value(0), a.value(1) as u8, a.value(2))?;
    Ok(Outcome::DONE)
}
