//! A process with the host's own C library in it, and nothing of that where scenarios look.
//!
//! The stub's process maps ld.so and a program of a page far below the mmap area and runs ld.so there, which loads libc beside
//! it. Its functions then run as the stub's routines do: registers in, return to an `int3`, registers out. The first call into
//! the allocator is so the scenario's first.

mod calls;
mod elf;
mod files;
mod life;
mod loader;
mod program;
mod strace;
mod symbols;

use super::HostError;
use super::proc_fs::{self, Mapping, Status};
use super::stub::{IMAGE_END, Routine, STACK, STACK_END};
use super::template::{self, Template};
use super::tracee::{End, Tracee};
use crate::script::Line;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use symbols::Symbols;

pub(super) use calls::perform;
pub(super) use files::Files;

/// Where all that is not the scenario's lies.
const OWN: u64 = 0x1000_0000_0000;
const PROGRAM: u64 = OWN + 0x80_0000;
const STACKS: u64 = OWN + 0x100_0000;
const LOADER: u64 = OWN + 0x1c0_0000;
const OWN_END: u64 = OWN + 0xc00_0000;

/// How many threads a process may have besides its first.
const SLOTS: u64 = 64;
const SLOT: u64 = 0x1_0000;

/// Whether a scenario has calls that only a process with the C library can make.
pub(crate) fn is_needed(scenario: &str) -> bool {
    scenario
        .lines()
        .filter_map(|text| Line::parse(text).ok().flatten())
        .any(|line| calls::is_known(line.call))
}

/// Where functions that a thread calls have their frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stack {
    /// The first address above them.
    top: u64,
    /// Which of the prepared stacks it is; `None` for the process's own.
    slot: Option<u64>,
}

/// The C library, loaded and at rest in a process of which scenarios get copies.
#[derive(Debug)]
pub(super) struct Library {
    tracee: Tracee,
    symbols: Symbols,
    messages: File,
    /// The figures of a copy before its first line.
    base: Status,
}

impl Library {
    /// Loads the C library into a copy of `bare`.
    pub(super) fn start(bare: &mut Template, directory: &Option<PathBuf>) -> Result<Self, HostError> {
        let files = Files::of(directory.as_deref());
        let mut tracee = bare.copy()?;
        let symbols = loader::load(&mut tracee, &files)?;
        tracee.expect_call(libc::SYS_mmap, &loader::anonymous(STACKS, SLOTS * SLOT))?;
        let base = proc_fs::status(tracee.pid)?;
        let data_bytes = (base[DATA] as u64) << 10;
        template::describe(&mut tracee, PROGRAM, PROGRAM + data_bytes)?;
        own(&mut tracee, 0..SLOTS)?;
        Ok(Self { tracee, symbols, messages: bare.errors.try_clone()?, base })
    }

    /// A new process with the library in it.
    pub(super) fn copy(&mut self) -> Result<Tracee, HostError> {
        let mut copy = template::copy(&mut self.tracee)?.ok_or(HostError::Lost)?;
        own(&mut copy, 0..SLOTS)?;
        Ok(copy)
    }

    /// The stack of a process's first thread.
    pub(super) fn first_stack(&self) -> Stack {
        Stack { top: loader::VECTOR - 0x100, slot: None }
    }

    /// Where the messages of aborted calls end by now.
    pub(super) fn messages_end(&self) -> Result<u64, HostError> {
        Ok(self.messages.metadata()?.len())
    }

    /// What the library has said since `from`, on one line.
    fn message(&self, from: u64) -> Result<String, HostError> {
        let mut bytes = vec![0; self.messages_end()?.saturating_sub(from) as usize];
        self.messages.read_exact_at(&mut bytes, from)?;
        Ok(String::from_utf8_lossy(&bytes).trim_end_matches('\n').replace('\n', " "))
    }

    /// Whether a mapping is the library's or the oracle's.
    pub(super) fn owns(mapping: &Mapping) -> bool {
        Self::has(mapping.start)
    }

    /// Whether an address is in memory of the library's or the oracle's.
    fn has(address: u64) -> bool {
        (OWN..OWN_END).contains(&address)
    }

    /// By how much a limit must be higher, bytes, since image, stack and library are not all that the process has.
    pub(super) fn surplus(&self, resource: u64) -> u64 {
        const PLAIN_KB: i64 = 152;
        let kilobytes = match resource as u32 {
            libc::RLIMIT_AS => self.base[SIZE] - PLAIN_KB,
            libc::RLIMIT_DATA => self.base[DATA],
            _ => 0,
        };
        (kilobytes as u64) << 10
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        super::sys::kill(self.tracee.pid);
    }
}

const SIZE: usize = 1;
const DATA: usize = 8;

/// Makes all that is not the scenario's present and the process's own again, as it was before a fork; of the stacks for threads
/// those in `slots`. The process touches the pages itself, so that its translations are fresh, too.
fn own(tracee: &mut Tracee, slots: impl IntoIterator<Item = u64>) -> Result<(), HostError> {
    for mapping in proc_fs::mappings(tracee.pid)?.iter().filter(|mapping| Library::owns(mapping)) {
        let routine = match mapping.perms.as_bytes() {
            _ if mapping.start == STACKS => continue,
            [_, b'w', ..] => Routine::TouchWrite,
            [b'r', ..] => Routine::TouchRead,
            _ => continue,
        };
        touch(tracee, routine, mapping.start, mapping.end)?;
    }
    touch(tracee, Routine::TouchRead, IMAGE_END - 0x5000, IMAGE_END)?;
    touch(tracee, Routine::TouchWrite, STACK, STACK_END)?;
    slots
        .into_iter()
        .try_for_each(|slot| touch(tracee, Routine::TouchWrite, slot_start(slot), slot_start(slot + 1)))
}

fn touch(tracee: &mut Tracee, routine: Routine, start: u64, end: u64) -> Result<(), HostError> {
    match tracee.routine(routine, 0, [start, end, 0])? {
        End::Trap => Ok(()),
        _ => Err(HostError::Lost),
    }
}

fn slot_start(slot: u64) -> u64 {
    STACKS + slot * SLOT
}
