//! One run of a scenario: its processes, its names and its log.

use super::HostError;
use super::answer::Answer;
use super::calls::{self, Pools, Swaps};
use super::library::Library;
use super::proc_fs::{self, Faults, HWM, Mapping, RSS, Status};
use super::process::{Process, Thread};
use super::scratch::Scratch;
use super::stub::{IMAGE_END, MMAP_BASE};
use super::sys::Drain;
use super::template;
use super::tracee::Tracee;
use super::watchdog::Group;
use crate::script::{Line, Names, ScriptError};
use std::fmt::Write;
use std::sync::PoisonError;

/// What a session borrows of its host.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'host> {
    pub(super) scratch: &'host Scratch,
    pub(super) drain: &'host Drain,
    /// The C library in the processes, if they have one.
    pub(super) library: Option<&'host Library>,
    /// Whether the log shows the C library's system calls.
    pub(super) syscalls: bool,
}

/// A thread that makes a call, by its places in the lists of processes and threads that live.
#[derive(Clone, Copy, Debug)]
pub(super) struct Actor {
    pub(super) process: usize,
    pub(super) thread: usize,
}

/// A scenario as it runs.
pub(super) struct Session<'host> {
    pub(super) host: Surroundings<'host>,
    /// The processes that live.
    pub(super) processes: Vec<Process>,
    pub(super) names: Names,
    /// The first process's figures at the start.
    pub(super) base: Status,
    /// How far the C library's messages have been read.
    pub(super) messages_read: u64,
    /// Whether VmHWM will be asked for.
    tracks_hwm: bool,
    /// The host's pools of huge pages as they were, if the scenario uses them.
    pub(super) pools: Pools,
    fills_pools: bool,
    /// The swap devices of the scenario's own.
    pub(super) swaps: Swaps,
    /// The ids of all processes there have been, for the watchdog.
    group: Group,
    log: String,
}

impl<'host> Session<'host> {
    /// A session whose first process is `first`.
    pub(super) fn new(first: Tracee, host: Surroundings<'host>, scenario: &str) -> Result<Self, HostError> {
        let mut base = proc_fs::status(first.pid)?;
        base[HWM] = base[RSS];
        let mut names = Names::default();
        names.bind("heap", IMAGE_END);
        names.bind("mmap_base", MMAP_BASE);
        let fills_pools = scenario.contains("_hugepages");
        let mut session = Self {
            host,
            processes: Vec::new(),
            names,
            base,
            messages_read: host.library.map_or(Ok(0), Library::messages_end)?,
            tracks_hwm: scenario.contains("status"),
            pools: if fills_pools { Pools::empty() } else { Pools::default() },
            fills_pools,
            swaps: Swaps::default(),
            group: Group::default(),
            log: String::new(),
        };
        let thread = Thread::new(1, first, host.library.map(Library::first_stack));
        session.take_in(Process::new(1, thread)?);
        Ok(session)
    }

    /// Begins to count for a process.
    pub(super) fn take_in(&mut self, process: Process) {
        self.group.lock().unwrap_or_else(PoisonError::into_inner).push(process.pid);
        self.processes.push(process);
    }

    /// The ids of the processes, as they come.
    pub(super) fn group(&self) -> Group {
        self.group.clone()
    }

    /// Runs the lines; gives the log.
    pub(super) fn run(&mut self, scenario: &str) -> Result<String, HostError> {
        for (number, text) in scenario.lines().enumerate() {
            let refused = |error| HostError::Script { line: number + 1, error };
            let Some(line) = Line::parse(text).map_err(refused)? else { continue };
            match self.line(&line) {
                Err(HostError::Refused(error)) => return Err(refused(error)),
                other => other?,
            }
        }
        Ok(std::mem::take(&mut self.log))
    }

    /// Files of the first process's /proc directory.
    pub(super) fn proc_files(&self, names: &[&str]) -> Result<Vec<String>, HostError> {
        let pid = self.processes.first().ok_or(HostError::Lost)?.pid;
        names.iter().map(|name| proc_fs::read(pid, name)).collect()
    }

    fn line(&mut self, line: &Line<'_>) -> Result<(), HostError> {
        let answer = match self.actor(line) {
            Some(actor) => self.counted(line, actor)?,
            None => Answer::text(" -1 ESRCH"),
        };
        if let Some(name) = line.name {
            self.names.bind(name, answer.value);
        }
        let _ = writeln!(self.log, "{} ->{}", line.text, answer.text);
        self.log.push_str(&answer.below);
        Ok(())
    }

    /// Who makes the call of a line, if it lives.
    fn actor(&self, line: &Line<'_>) -> Option<Actor> {
        let process = self.index_of(line.process)?;
        let thread =
            self.processes[process].threads.iter().position(|thread| thread.number == line.thread)?;
        Some(Actor { process, thread })
    }

    /// A call's answer with the faults that it took.
    fn counted(&mut self, line: &Line<'_>, actor: Actor) -> Result<Answer, HostError> {
        if let Some(view) = calls::view(self, line, actor)? {
            return Ok(view);
        }
        let before = self.faults_of(actor)?;
        let mut answer = calls::perform(self, line, actor)?;
        self.host.drain.drain();
        let faults = match (answer.faults, self.actor(line)) {
            (Some(faults), _) => faults,
            (None, Some(actor)) => self.faults_of(actor)?.since(before),
            (None, None) => Faults::default(),
        };
        if let Some(process) = self.index_of(line.process) {
            self.processes[process].counted.add(faults);
        }
        for (name, count) in [("minflt", faults.minor), ("majflt", faults.major)] {
            if count > 0 {
                let _ = write!(answer.text, " {name}={count}");
            }
        }
        self.note_hwm()?;
        Ok(answer)
    }

    fn note_hwm(&mut self) -> Result<(), HostError> {
        if self.tracks_hwm {
            self.processes.iter_mut().try_for_each(Process::note_hwm)?;
        }
        Ok(())
    }

    /// Where among those that live the process of this number is.
    pub(super) fn index_of(&self, id: u64) -> Option<usize> {
        self.processes.iter().position(|process| process.id == id)
    }

    /// A thread's faults since it began; in a process with one thread only, the process's.
    fn faults_of(&self, actor: Actor) -> Result<Faults, HostError> {
        let process = &self.processes[actor.process];
        match process.threads.as_slice() {
            [_] => proc_fs::faults(process.pid),
            threads => proc_fs::thread_faults(process.pid, threads[actor.thread].tracee.pid),
        }
    }

    pub(super) fn thread(&mut self, actor: Actor) -> &mut Thread {
        &mut self.processes[actor.process].threads[actor.thread]
    }

    pub(super) fn tracee(&mut self, actor: Actor) -> &mut Tracee {
        &mut self.thread(actor).tracee
    }

    /// The id of the actor's process.
    pub(super) fn pid(&self, actor: Actor) -> i32 {
        self.processes[actor.process].pid
    }

    /// The values of a call's arguments, which must be `N`.
    pub(super) fn values<const N: usize>(&self, line: &Line<'_>) -> Result<[u64; N], HostError> {
        let words: [&str; N] = words(line)?;
        let mut values = [0; N];
        for (value, word) in values.iter_mut().zip(words) {
            *value = self.names.value(word)?;
        }
        Ok(values)
    }

    /// Whether views leave a mapping out.
    pub(super) fn hides(&self) -> impl Fn(&Mapping) -> bool + use<> {
        let with_library = self.host.library.is_some();
        move |mapping| template::is_own(mapping) || (with_library && Library::owns(mapping))
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        self.processes.iter().for_each(Process::kill_soon);
        self.processes.drain(..).for_each(Process::kill);
        if self.fills_pools {
            self.pools.restore();
        }
        self.swaps.restore();
        self.host.scratch.clear();
    }
}

/// The arguments of a call as they stand, which must be `N`.
pub(super) fn words<'a, const N: usize>(line: &Line<'a>) -> Result<[&'a str; N], ScriptError> {
    line.arguments.as_slice().try_into().map_err(|_| no_such_call(line))
}

/// The error of a call that scenarios, or this oracle, do not have.
pub(super) fn no_such_call(line: &Line<'_>) -> ScriptError {
    ScriptError::NoSuchCall(line.text.to_owned())
}
