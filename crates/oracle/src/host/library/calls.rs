//! The C library's calls, and those of the system that go through it.

use super::super::HostError;
use super::super::answer::{Answer, signal_text};
use super::super::errno;
use super::super::session::{Actor, Session, no_such_call};
use super::super::stub::SCRATCH;
use super::super::sys::Signal;
use super::super::tracee::End;
use super::strace::Watch;
use super::{Library, life};
use crate::script::Line;

/// Makes a call of the C library; `None` if the call is none.
pub(in super::super) fn perform(
    session: &mut Session<'_>,
    library: &Library,
    line: &Line<'_>,
    actor: Actor,
) -> Result<Option<Answer>, HostError> {
    let arguments = line.arguments.len();
    match (line.call, arguments) {
        ("fork", 1) => life::fork(session, library, line, actor),
        ("thread", 1) => life::thread(session, library, line, actor),
        ("thread_exit", 0) => life::thread_exit(session, actor),
        ("setrlimit", 2) => life::setrlimit(session, library, line, actor),
        ("malloc" | "valloc" | "pvalloc", 1) => {
            block(session, library, actor, line.call, &session.values::<1>(line)?)
        }
        ("calloc" | "realloc" | "memalign" | "aligned_alloc", 2) => {
            block(session, library, actor, line.call, &session.values::<2>(line)?)
        }
        ("reallocarray", 3) => reallocarray(session, library, actor, session.values(line)?),
        ("posix_memalign", 2) => posix_memalign(session, library, actor, session.values(line)?),
        ("free" | "malloc_trim" | "malloc_usable_size", 1) => {
            number(session, library, actor, line.call, &session.values::<1>(line)?)
        }
        ("mallopt", 2) => number(session, library, actor, line.call, &session.values::<2>(line)?),
        ("mallinfo", 0) => mallinfo(session, library, actor),
        ("brk" | "sbrk", 1) => break_call(session, library, actor, line.call, &session.values::<1>(line)?),
        _ if is_known(line.call) => Err(no_such_call(line).into()),
        _ => return Ok(None),
    }
    .map(Some)
}

/// Whether a call is one that only a process with the C library can make.
pub(super) fn is_known(call: &str) -> bool {
    const CALLS: [&str; 15] = [
        "malloc",
        "calloc",
        "realloc",
        "free",
        "memalign",
        "aligned_alloc",
        "posix_memalign",
        "reallocarray",
        "valloc",
        "pvalloc",
        "malloc_trim",
        "malloc_usable_size",
        "mallopt",
        "mallinfo",
        "thread",
    ];
    CALLS.contains(&call) || call == "thread_exit"
}

/// How a function ended: its result, or the signal.
pub(super) struct Returned {
    pub(super) end: End,
    pub(super) value: u64,
    pub(super) syscalls: String,
}

/// Calls a function of the library on a thread's stack.
pub(super) fn call(
    session: &mut Session<'_>,
    library: &Library,
    actor: Actor,
    name: &str,
    arguments: &[u64],
) -> Result<Returned, HostError> {
    let address = library.symbols.address(name)?;
    let thread = session.thread(actor);
    let stack = thread.stack.ok_or(HostError::Lost)?;
    let mut watch = Watch::new(thread.tracee.pid);
    let end =
        thread.tracee.function(address, arguments, stack.top, Some(&mut |registers| watch.see(registers)))?;
    if end == End::Gone {
        return Err(HostError::Lost);
    }
    Ok(Returned { end, value: thread.tracee.registers().rax, syscalls: watch.log })
}

/// Calls a function with errno 0 before; its answer is made of its result and errno.
fn answered(
    session: &mut Session<'_>,
    library: &Library,
    actor: Actor,
    name: &str,
    arguments: &[u64],
    answer: impl FnOnce(&mut Session<'_>, u64, i64) -> Result<Answer, HostError>,
) -> Result<Answer, HostError> {
    let location = errno_location(session, library, actor)?;
    session.tracee(actor).poke(location, &[0; 4])?;
    let returned = call(session, library, actor, name, arguments)?;
    let mut answer = match returned.end {
        End::Signal(signal) => Answer::text(signal_or_abort(session, library, signal)?),
        _ => {
            let mut bytes = [0; 4];
            session.tracee(actor).peek(location, &mut bytes)?;
            answer(session, returned.value, i32::from_le_bytes(bytes).into())?
        }
    };
    if session.host.syscalls && !matches!(name, "brk" | "sbrk") {
        answer.below = returned.syscalls;
    }
    Ok(answer)
}

fn errno_location(session: &mut Session<'_>, library: &Library, actor: Actor) -> Result<u64, HostError> {
    let thread = session.thread(actor);
    if let Some(location) = thread.errno {
        return Ok(location);
    }
    let stack = thread.stack.ok_or(HostError::Lost)?;
    match thread.tracee.function(library.symbols.errno_location, &[], stack.top, None)? {
        End::Trap => {}
        _ => return Err(HostError::Lost),
    }
    let location = thread.tracee.registers().rax;
    thread.errno = Some(location);
    Ok(location)
}

/// A signal; of an abort, what the library said of it.
fn signal_or_abort(
    session: &mut Session<'_>,
    library: &Library,
    signal: Signal,
) -> Result<String, HostError> {
    if signal.number != libc::SIGABRT {
        return Ok(signal_text(signal));
    }
    let message = library.message(session.messages_read)?;
    session.messages_read = library.messages_end()?;
    Ok(if message.is_empty() { " SIGABRT".to_owned() } else { format!(" SIGABRT {message}") })
}

/// A block's address, or NULL and errno where the call set it.
fn pointer(value: u64, errno: i64) -> Answer {
    match (value, errno) {
        (0, 0) => Answer::text(" NULL"),
        (0, errno) => Answer::text(format!(" NULL {}", errno::name(errno))),
        (address, _) => Answer::hex(address),
    }
}

fn block(
    session: &mut Session<'_>,
    library: &Library,
    actor: Actor,
    name: &str,
    arguments: &[u64],
) -> Result<Answer, HostError> {
    answered(session, library, actor, name, arguments, |_, value, errno| Ok(pointer(value, errno)))
}

/// As glibc does it: the product, and realloc of that.
fn reallocarray(
    session: &mut Session<'_>,
    library: &Library,
    actor: Actor,
    [block_at, count, each]: [u64; 3],
) -> Result<Answer, HostError> {
    match count.checked_mul(each) {
        Some(bytes) => block(session, library, actor, "realloc", &[block_at, bytes]),
        None => Ok(pointer(0, libc::ENOMEM.into())),
    }
}

fn posix_memalign(
    session: &mut Session<'_>,
    library: &Library,
    actor: Actor,
    [alignment, bytes]: [u64; 2],
) -> Result<Answer, HostError> {
    session.tracee(actor).poke(SCRATCH, &[0; 8])?;
    let arguments = [SCRATCH, alignment, bytes];
    answered(session, library, actor, "posix_memalign", &arguments, |session, error, _| {
        let mut address = [0; 8];
        session.tracee(actor).peek(SCRATCH, &mut address)?;
        let error = i64::from(error as i32);
        Ok(pointer(if error == 0 { u64::from_le_bytes(address) } else { 0 }, error))
    })
}

fn number(
    session: &mut Session<'_>,
    library: &Library,
    actor: Actor,
    name: &str,
    arguments: &[u64],
) -> Result<Answer, HostError> {
    answered(session, library, actor, name, arguments, |_, value, _| {
        let value = match name {
            "free" => 0,
            "malloc_usable_size" => value,
            _ => value as i32 as u64,
        };
        Ok(Answer::new(format!(" {value}"), value))
    })
}

fn mallinfo(session: &mut Session<'_>, library: &Library, actor: Actor) -> Result<Answer, HostError> {
    const FIELDS: [&str; 10] = [
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks",
        "keepcost",
    ];
    // Before 2.33 there is only mallinfo, with ints.
    let (name, width) = if library.symbols.has("mallinfo2") { ("mallinfo2", 8) } else { ("mallinfo", 4) };
    answered(session, library, actor, name, &[SCRATCH], |session, _, _| {
        let mut bytes = [0; 80];
        session.tracee(actor).peek(SCRATCH, &mut bytes)?;
        let wide = |field: &[u8]| field.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte));
        let values = bytes.chunks_exact(width).map(wide);
        let words = FIELDS.iter().zip(values).filter(|&(_, value)| value != 0);
        let text: String = words.map(|(name, value)| format!(" {name}={value}")).collect();
        Ok(Answer::text(if text.is_empty() { " 0".to_owned() } else { text }))
    })
}

/// brk and sbrk go through the library, which remembers the break.
fn break_call(
    session: &mut Session<'_>,
    library: &Library,
    actor: Actor,
    name: &str,
    arguments: &[u64],
) -> Result<Answer, HostError> {
    answered(session, library, actor, name, arguments, |_, value, errno| match (name, value as i64) {
        ("sbrk", -1) => Ok(Answer::number(-errno)),
        ("sbrk", old) => Ok(Answer::hex(old as u64)),
        (_, value) if value as i32 == -1 => Ok(Answer::number(-errno)),
        _ => Ok(Answer::number(0)),
    })
}
