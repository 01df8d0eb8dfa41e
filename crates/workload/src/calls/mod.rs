//! The calls of the language as a table: a row a call, a file a family.
//!
//! A row says what a call takes, so that arguments are counted, read and documented in one place; the function beside it
//! makes the call on the twin.

mod access;
mod args;
mod file;
mod heap;
mod lock;
mod machine;
mod memory;
mod outcome;
mod pools;
mod pressure;
mod process;
mod processor;
mod refs;
mod state;
mod swap;
mod vm_settings;

pub(crate) use args::Args;
pub(crate) use machine::configure;
pub use machine::{Setting, settings};
pub(crate) use outcome::{Outcome, Stop};

use memtwin_kernel::{Errno, Task, Tid};

use crate::program::Program;
use crate::syntax::{Fault, Names, Problem, Span, Statement};
use crate::twin::Twin;

/// What kind of thing a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Family {
    /// A setting of the machine, before all else.
    Machine,
    /// A system call.
    System,
    /// `brk` and `sbrk`: the C library's, made of a system call.
    Break,
    /// An access to memory by the program itself.
    Access,
    /// A call of the C library.
    Library,
    /// A look at the state; changes nothing and takes no faults.
    State,
}

/// An argument's name and what it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// A value.
    Value(&'static str),
    /// A value that may be left out, with all behind it; what it is then.
    Optional(&'static str, u64),
    /// A quoted string.
    Text(&'static str),
    /// `r` or `w`.
    Mode(&'static str),
    /// Any number of further arguments, read by the call itself.
    Rest(&'static str),
}

impl Param {
    /// As in a prototype: `addr`, `[size]`, `"name"`, `r|w`.
    pub fn prototype(self) -> String {
        match self {
            Param::Value(name) => name.to_owned(),
            Param::Optional(name, _) => format!("[{name}]"),
            Param::Text(name) => format!("\"{name}\""),
            Param::Mode(name) => name.to_owned(),
            Param::Rest(name) => format!("{name}…"),
        }
    }
}

type Run = fn(&mut Caller<'_>, &Args<'_>) -> Result<Outcome, Stop>;

/// A call of the language.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// Its name, which the ledger files faults under.
    pub name: &'static str,
    /// What it is.
    pub family: Family,
    /// What it takes.
    pub params: &'static [Param],
    run: Run,
}

impl Call {
    const fn new(name: &'static str, family: Family, params: &'static [Param], run: Run) -> Call {
        Call { name, family, params, run }
    }

    /// As in a manual: `mmap(addr, length, prot, flags, fd, offset)`.
    pub fn prototype(&self) -> String {
        let params: Vec<String> = self.params.iter().map(|param| param.prototype()).collect();
        format!("{}({})", self.name, params.join(", "))
    }

    /// Checks that a line gives as many arguments as the call takes.
    pub(crate) fn check_count(&self, statement: &Statement, found: usize) -> Result<(), Fault> {
        let least =
            self.params.iter().take_while(|p| !matches!(p, Param::Optional(..) | Param::Rest(_))).count();
        let rest = matches!(self.params.last(), Some(Param::Rest(_)));
        if found >= least && (rest || found <= self.params.len()) {
            return Ok(());
        }
        let takes = match (self.params.len(), least) {
            _ if rest => format!("at least {least} arguments"),
            (0, _) => "no arguments".to_owned(),
            (1, 1) => "1 argument".to_owned(),
            (most, least) if most == least => format!("{most} arguments"),
            (most, least) => format!("{least} to {most} arguments"),
        };
        let span = Span::new(statement.call.start as usize, statement.text.end as usize);
        Err(Fault::new(span, Problem::ArgumentCount { call: self.name, takes, found }))
    }

    /// Makes the call.
    pub(crate) fn run(&self, caller: &mut Caller<'_>, args: &Args<'_>) -> Result<Outcome, Stop> {
        (self.run)(caller, args)
    }
}

/// Who makes a call, and on what.
pub(crate) struct Caller<'r> {
    /// The machine, its processes and their heaps.
    pub(crate) twin: &'r mut Twin,
    /// The thread that calls.
    pub(crate) tid: Tid,
    /// The names of the scenario.
    pub(crate) names: &'r Names,
}

impl Caller<'_> {
    /// The thread, about to make system calls and accesses.
    pub(crate) fn task(&mut self) -> Result<Task<'_>, Errno> {
        self.twin.kernel.task(self.tid)
    }

    /// The thread with its C library.
    pub(crate) fn program(&mut self) -> Result<Program<'_>, Errno> {
        self.twin.program(self.tid)
    }
}

/// Each call of the language, family by family.
pub fn calls() -> impl Iterator<Item = &'static Call> {
    [
        memory::CALLS,
        lock::CALLS,
        process::CALLS,
        file::CALLS,
        access::CALLS,
        heap::CALLS,
        state::CALLS,
        machine::CALLS,
        pools::CALLS,
        swap::CALLS,
        pressure::CALLS,
    ]
    .into_iter()
    .flatten()
}
