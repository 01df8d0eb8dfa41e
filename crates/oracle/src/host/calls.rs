//! The calls of scenario.md's kernel side, by name.

mod access;
mod files;
mod memory;
mod processes;
mod views;

use super::HostError;
use super::answer::Answer;
use super::session::{Session, no_such_call};
use crate::script::Line;

pub(super) use views::view;

/// Makes a call on behalf of process number `at` of those that live.
pub(super) fn perform(session: &mut Session<'_>, line: &Line<'_>, at: usize) -> Result<Answer, HostError> {
    match line.call {
        "mmap" | "munmap" | "mprotect" | "mremap" | "madvise" | "mlock" | "munlock" | "mlockall"
        | "munlockall" | "msync" | "brk" | "sbrk" | "mincore" => memory::perform(session, line, at),
        "load" | "store" | "fetch" | "touch" | "memset" => access::perform(session, line, at),
        "file" | "memfd" | "open" | "close" | "ftruncate" | "pread" | "pwrite" | "fsync" | "evict" => {
            files::perform(session, line, at)
        }
        "fork" | "exit" | "setrlimit" => processes::perform(session, line, at),
        _ => Err(no_such_call(line).into()),
    }
}
