//! The calls of scenario.md, by name.

mod access;
mod files;
mod memory;
mod pools;
mod processes;
mod swaps;
mod views;

use super::HostError;
use super::answer::Answer;
use super::library;
use super::session::{Actor, Session, no_such_call};
use crate::script::Line;

pub(super) use pools::Pools;
pub(super) use processes::set_limit;
pub(super) use swaps::Swaps;
pub(super) use views::view;

/// Makes a call on behalf of thread `at`.
pub(super) fn perform(session: &mut Session<'_>, line: &Line<'_>, at: Actor) -> Result<Answer, HostError> {
    if let Some(library) = session.host.library
        && let Some(answer) = library::perform(session, library, line, at)?
    {
        return Ok(answer);
    }
    match line.call {
        "mmap" | "munmap" | "mprotect" | "mremap" | "madvise" | "mlock" | "mlock2" | "munlock"
        | "mlockall" | "munlockall" | "mseal" | "msync" | "brk" | "sbrk" | "mincore" => {
            memory::perform(session, line, at)
        }
        "load" | "store" | "fetch" | "touch" | "memset" => access::perform(session, line, at),
        "file" | "memfd" | "open" | "close" | "ftruncate" | "pread" | "pwrite" | "fsync" | "evict"
        | "fadvise" | "fallocate" => files::perform(session, line, at),
        "fork" | "exit" | "setrlimit" => processes::perform(session, line, at),
        "nr_hugepages" | "nr_hugepages_1g" | "nr_overcommit_hugepages" => Pools::set(session, line),
        "hugepages" => Pools::show(session, line),
        "machine" => Swaps::machine(session, line),
        "swapon" => Swaps::on(session, line),
        "swapoff" => Swaps::off(session, line),
        _ => Err(no_such_call(line).into()),
    }
}
