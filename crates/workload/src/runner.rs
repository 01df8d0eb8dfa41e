//! Runs a scenario line by line and writes its log.
//!
//! The log is what a real machine's would be (`scenario.md`, "Log"): each line as written, its outcome and the faults of the
//! process that made the call, and with [`Options::syscalls`] the system calls of its C library below it.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io::Write;

use memtwin_kernel::mmu::paging::FormatName;
use memtwin_kernel::mmu::reclaim::oom::OomPanic;
use memtwin_kernel::mmu::{Config, Owner};
use memtwin_kernel::{Errno, Faults, Pid, Tid};

use crate::calls::{Args, Call, Caller, Family, Outcome, Stop, calls, configure};
use crate::error::{Refused, RunError};
use crate::malloc_setup::MallocSetup;
use crate::outcomes::{Outcomes, Seen};
use crate::report::table_bytes;
use crate::source::Lines;
use crate::syntax::{Fault, Names, Problem, Span, Statement, parse_line};
use crate::twin::Twin;

/// How much of an unknown name a message repeats.
const MOST_SHOWN_CHARS: usize = 40;

/// How to run a scenario.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Options {
    /// The machine that `machine(…)` changes.
    pub config: Config,
    /// The processes' malloc.
    pub malloc: MallocSetup,
    /// The way to translate addresses, whatever `machine(…)` says; none: what it says.
    pub mmu: Option<FormatName>,
    /// Whether the log shows the system calls of the C library.
    pub syscalls: bool,
}

/// A scenario in the middle of its run. A clone goes on by itself, and so does one that was serialised and read back.
#[derive(Clone, Serialize, Deserialize)]
pub struct Runner {
    options: Options,
    twin: Option<Twin>,
    names: Names,
    #[serde(skip, default = "table")]
    table: HashMap<&'static str, &'static Call>,
    #[serde(skip)]
    spans: Vec<Span>,
    #[serde(skip)]
    killed: Vec<Pid>,
    /// The machine stopped during this line.
    #[serde(skip)]
    panic: Option<OomPanic>,
    #[serde(skip)]
    log: String,
    /// What is kept of a run that is watched; no part of a checkpoint.
    #[serde(skip)]
    watched: Option<Watched>,
    number: u64,
}

/// What is kept of a run that is to be compared with others.
#[derive(Clone, Debug, Default)]
struct Watched {
    outcomes: Outcomes,
    peak_table_bytes: u64,
}

/// The calls by name.
fn table() -> HashMap<&'static str, &'static Call> {
    calls().map(|call| (call.name, call)).collect()
}

impl Runner {
    /// Before the first line.
    pub fn new(options: Options) -> Runner {
        let (names, spans, killed, log) = (Names::default(), Vec::new(), Vec::new(), String::new());
        let table = table();
        Runner {
            options,
            twin: None,
            names,
            table,
            spans,
            killed,
            panic: None,
            log,
            watched: None,
            number: 0,
        }
    }

    /// A run like this one, that goes on by itself; what memory holds is shared until it is written ([`Twin::branch`]).
    pub fn branch(&mut self) -> Runner {
        if let Some(twin) = &mut self.twin {
            twin.kernel.machine.freeze();
        }
        self.clone()
    }

    /// Runs all lines and writes their log.
    ///
    /// # Errors
    /// The first line that is refused; what was run before it is in the log.
    pub fn run(&mut self, lines: &mut Lines, log: &mut impl Write) -> Result<(), RunError> {
        while let Some((number, text)) = lines.next_line()? {
            self.line(number, text, log)?;
        }
        Ok(())
    }

    /// Runs one line, `number` in its file, and writes its log.
    ///
    /// # Errors
    /// If it is refused, or the log cannot be written.
    pub fn line(&mut self, number: u64, text: &str, log: &mut impl Write) -> Result<(), RunError> {
        self.log.clear();
        self.number = number;
        match self.step(text) {
            Ok(()) => Ok(log.write_all(self.log.as_bytes())?),
            Err(fault) => {
                Err(Box::new(Refused { line: number, text: text.trim_end().to_owned(), fault }).into())
            }
        }
    }

    /// Keeps what the program sees of its calls and the most bytes that tables have, from now on.
    pub(crate) fn watch(&mut self) {
        self.watched = Some(Watched::default());
    }

    /// What the program saw while the run was watched.
    pub(crate) fn outcomes(&self) -> Outcomes {
        self.watched.as_ref().map(|watched| watched.outcomes.clone()).unwrap_or_default()
    }

    /// The most bytes that tables had after a line that was watched.
    pub(crate) fn peak_table_bytes(&self) -> u64 {
        self.watched.as_ref().map_or(0, |watched| watched.peak_table_bytes)
    }

    /// The machine as it is now; `None` before the first call.
    pub fn twin(&self) -> Option<&Twin> {
        self.twin.as_ref()
    }

    /// What the names of the lines stand for so far.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The same machine, to look at and to change between lines.
    pub fn twin_mut(&mut self) -> Option<&mut Twin> {
        self.twin.as_mut()
    }

    fn step(&mut self, text: &str) -> Result<(), Fault> {
        let mut spans = std::mem::take(&mut self.spans);
        let result = match parse_line(text, &mut spans) {
            Ok(Some(statement)) => self.statement(text, &statement, &spans),
            Ok(None) => Ok(()),
            Err(fault) => Err(fault),
        };
        self.spans = spans;
        result
    }

    fn statement(&mut self, text: &str, statement: &Statement, spans: &[Span]) -> Result<(), Fault> {
        let call = self.lookup(text, statement.call)?;
        call.check_count(statement, spans.len())?;
        self.log.push_str(statement.text.of(text));
        self.log.push_str(" ->");
        let value = match (call.family, &self.twin) {
            (Family::Machine, None) => self.configure(text, spans)?,
            _ => self.call(call, text, statement, spans)?,
        };
        self.log.push('\n');
        if let Some(name) = statement.binding {
            self.names.bind(name.of(text), value);
        }
        self.print_system_calls(call);
        self.print_oom_kills();
        Ok(())
    }

    fn lookup(&self, text: &str, span: Span) -> Result<&'static Call, Fault> {
        let name = span.of(text);
        self.table.get(name).copied().ok_or_else(|| {
            let shown = name.chars().take(MOST_SHOWN_CHARS).collect();
            Fault::new(span, Problem::UnknownCall(shown))
        })
    }

    /// `machine(…)` before all else.
    fn configure(&mut self, text: &str, spans: &[Span]) -> Result<u64, Fault> {
        configure(&mut self.options, text, spans, &self.names)?;
        self.boot(Span::new(0, text.len()))?;
        self.log.push_str(" 0");
        Ok(0)
    }

    /// Starts the machine and its first process.
    fn boot(&mut self, at: Span) -> Result<(), Fault> {
        let mut config = self.options.config.clone();
        if let Some(mmu) = self.options.mmu {
            config.format = mmu.format();
        }
        let mut twin = Twin::with_malloc(config, self.options.malloc.clone());
        let refuse = |errno: Errno| {
            Fault::new(at, Problem::Setting(format!("the first process cannot start: {errno}")))
        };
        let pid = twin.spawn().map_err(refuse)?;
        let mm = twin.kernel.process(pid).map_err(refuse)?.mm;
        let mm = twin.kernel.machine.mm(mm);
        self.names.bind("heap", mm.start_brk);
        self.names.bind("mmap_base", mm.mmap_base);
        if self.options.syscalls {
            twin.trace.keep();
        }
        self.twin = Some(twin);
        Ok(())
    }

    /// Makes a call and prints its outcome and faults; the value that it gives.
    fn call(
        &mut self,
        call: &'static Call,
        text: &str,
        statement: &Statement,
        spans: &[Span],
    ) -> Result<u64, Fault> {
        if self.twin.is_none() {
            self.boot(statement.text)?;
        }
        let Some(twin) = &mut self.twin else { return Ok(0) };
        let tid = Tid { pid: statement.process, thread: statement.thread };
        let Ok(before) = twin.kernel.task(tid).map(|mut task| task.faults()) else {
            self.log.push_str(" -1 ESRCH");
            return Ok(0);
        };
        let args = Args::read(call, text, statement, spans, &self.names)?;
        enter(twin, call);
        let result = call.run(&mut Caller { twin, tid, names: &self.names }, &args);
        self.killed = twin.kernel.reap_oom_kills();
        if let Some(watched) = &mut self.watched {
            Seen::of(call, &result).into_iter().for_each(|seen| watched.outcomes.note(self.number, seen));
            let bytes = table_bytes(&twin.kernel.machine);
            watched.peak_table_bytes = watched.peak_table_bytes.max(bytes);
        }
        self.panic = twin.kernel.machine.oom_panic;
        let value = if self.killed.contains(&tid.pid) || self.panic.is_some() {
            self.log.push_str(" SIGKILL");
            0
        } else {
            print_result(result, &mut self.log)?
        };
        if call.family != Family::State {
            if let Ok(after) = twin.kernel.faults(tid.pid) {
                print_faults(after.since(before), &mut self.log);
            }
            twin.kernel.note_hwm();
        }
        Ok(value)
    }

    /// Below a line during which the OOM killer ran: whom it killed.
    fn print_oom_kills(&mut self) {
        for pid in self.killed.drain(..) {
            self.log.push_str(&format!("  oom-kill {pid}\n"));
        }
        if let Some(panic) = self.panic.take() {
            self.log.push_str(&format!("  kernel panic: {panic}\n"));
        }
    }

    /// Below a line of the C library: the system calls made during it.
    fn print_system_calls(&mut self, call: &Call) {
        let Some(twin) = &mut self.twin else { return };
        if call.family == Family::Library {
            for system_call in twin.trace.kept() {
                self.log.push_str(&format!("  {system_call}\n"));
            }
        }
        twin.trace.clear();
    }
}

/// Gives the coming faults to a call and to who makes it.
fn enter(twin: &mut Twin, call: &Call) {
    let system = call.family == Family::System;
    if system {
        twin.trace.count(call.name);
    }
    let ledger = &mut twin.kernel.machine.ledger;
    ledger.call = call.name;
    ledger.owner = if system { Owner::Kernel } else { Owner::Program };
}

/// Prints what a call came to; the value that it gives.
fn print_result(result: Result<Outcome, Stop>, log: &mut String) -> Result<u64, Fault> {
    match result {
        Ok(outcome) => {
            outcome.print(log);
            Ok(outcome.value())
        }
        Err(stop) => stop.print(log).map(|()| 0),
    }
}

fn print_faults(faults: Faults, log: &mut String) {
    for (name, count) in [("minflt", faults.minflt), ("majflt", faults.majflt)] {
        if count > 0 {
            log.push_str(&format!(" {name}={count}"));
        }
    }
}
