//! `refs("SPEC", …, a=ADDR, r=FD)`: makes a string of page references and performs it.
//!
//! A reference is an 8-byte load or store at the start of a page of a region bound to an address, or a pread or pwrite of 4096
//! bytes where the region is bound to a file descriptor. The buffer of those is on the program's stack.

use memtwin_kernel::Task;
use memtwin_kernel::mmu::policy::PolicyKind;
use memtwin_kernel::mmu::{ReclaimKind, VirtAddr};

use super::{Args, Caller, Outcome, Stop};
use crate::refs::{Part, Reference, References, Region, distances, parse};
use crate::syntax::{Fault, Names, Problem, Span, eval};

const PAGE_BYTES: u64 = 4096;
/// How many regions there are.
const REGIONS: usize = 4;

/// What a call asks for.
struct Request {
    parts: Vec<Part>,
    /// What each [`Region`] is bound to, in the order of their declaration.
    bound: [Option<u64>; REGIONS],
    /// What stores store.
    value: u64,
}

/// Performs the references and gives their number; a signal ends them.
pub(super) fn refs(caller: &mut Caller<'_>, a: &Args<'_>) -> Result<Outcome, Stop> {
    let request = read(a, caller.names)?;
    let mut done = 0;
    let mut task = caller.task()?;
    let mut future = future(&task, &request.parts).map(Vec::into_iter);
    for reference in References::new(request.parts) {
        if let Some(distances) = &mut future {
            task.kernel.machine.foretell(distances.next().flatten());
        }
        let target = request.bound[reference.region as usize].unwrap_or_default();
        match perform(&mut task, reference, target, request.value) {
            Ok(()) => done += 1,
            Err(Stop::Signal(signal)) => return Ok(Outcome::Touched(done, signal)),
            Err(other) => return Err(other),
        }
    }
    Ok(Outcome::Number(done))
}

/// After how many references each page is used again, for a policy that knows the future.
fn future(task: &Task<'_>, parts: &[Part]) -> Option<Vec<Option<u64>>> {
    (task.kernel.machine.config.reclaim == ReclaimKind::Policy(PolicyKind::Opt))
        .then(|| distances(References::new(parts.to_vec())))
}

fn perform(task: &mut Task<'_>, reference: Reference, target: u64, value: u64) -> Result<(), Stop> {
    let offset = reference.page.wrapping_mul(PAGE_BYTES);
    let addr = target.wrapping_add(offset);
    let buffer = task.kernel.layout().stack_end - 2 * PAGE_BYTES;
    task.kernel.machine.note_reference();
    if task.kernel.machine.policy_sees_references() {
        match reference.region {
            Region::ReadWrite => task.note_reference_in(target, reference.page),
            _ => task.kernel.machine.note_reference_at(VirtAddr::new(addr)),
        }
    }
    match (reference.region, reference.store) {
        (Region::ReadWrite, false) => drop(task.pread(target, buffer, PAGE_BYTES, offset)?),
        (Region::ReadWrite, true) => drop(task.pwrite(target, buffer, PAGE_BYTES, offset)?),
        (_, false) => drop(task.load(addr, 8)?),
        (_, true) => task.store(addr, value, 8)?,
    }
    Ok(())
}

fn read(a: &Args<'_>, names: &Names) -> Result<Request, Fault> {
    let (specs, bindings): (Vec<Span>, Vec<Span>) =
        a.spans().iter().partition(|span| span.of(a.line()).starts_with('"'));
    let refuse = |span: Span, message: String| Fault::new(span, Problem::Setting(message));
    let lines = specs.iter().map(|span| span.of(a.line()).trim_matches('"'));
    let parts = parse(lines).map_err(|error| refuse(a.call(), error.to_string()))?;
    let mut request = Request { parts, bound: [None; REGIONS], value: 1 };
    for span in bindings {
        let (key, value) = binding(a.line(), span, names)?;
        match Region::from_letter(key) {
            Some(region) => request.bound[region as usize] = Some(value),
            None if key == "zero" => request.value = u64::from(value == 0),
            None => return Err(refuse(span, format!("`{key}` is no region; a, m, p, r and zero are"))),
        }
    }
    match unbound(&request) {
        Some(letter) => {
            Err(refuse(a.call(), format!("region `{letter}` is bound to nothing; add `{letter}=…`")))
        }
        None => Ok(request),
    }
}

/// A `KEY=VALUE` argument.
fn binding<'a>(line: &'a str, span: Span, names: &Names) -> Result<(&'a str, u64), Fault> {
    let text = span.of(line);
    let Some((key, value)) = text.split_once('=') else {
        let message = format!("expected \"a line of references\" or REGION=VALUE, found `{text}`");
        return Err(Fault::new(span, Problem::Setting(message)));
    };
    let start = span.end as usize - value.trim_start().len();
    Ok((key.trim(), eval(line, Span::new(start, span.end as usize), names)?))
}

/// The first region that has references but no binding.
fn unbound(request: &Request) -> Option<char> {
    let mut regions = request.parts.iter().flat_map(Part::segments).map(|segment| segment.region());
    regions.find(|&region| request.bound[region as usize].is_none()).map(Region::letter)
}
