//! One run of a scenario: its processes, its names and its log.

use super::HostError;
use super::answer::Answer;
use super::calls;
use super::proc_fs::{self, Faults, HWM, Mapping, RSS, Status};
use super::scratch::Scratch;
use super::stub::{IMAGE_END, MMAP_BASE};
use super::sys::{self, Drain};
use super::template;
use super::tracee::Tracee;
use super::watchdog::Group;
use crate::script::{Line, Names, ScriptError};
use std::fmt::Write;
use std::sync::PoisonError;

/// A process of the scenario.
#[derive(Debug)]
pub(super) struct Process {
    /// Its number in the scenario.
    pub(super) id: u64,
    pub(super) tracee: Tracee,
    /// Its faults when its part of the scenario began.
    start: Faults,
    /// The highest VmRSS at the end of a line, kB.
    pub(super) hwm: i64,
}

/// A scenario as it runs.
pub(super) struct Session<'host> {
    pub(super) scratch: &'host Scratch,
    pub(super) drain: &'host Drain,
    /// The processes that live.
    pub(super) processes: Vec<Process>,
    pub(super) names: Names,
    /// The first process's figures at the start.
    pub(super) base: Status,
    /// Whether VmHWM will be asked for.
    tracks_hwm: bool,
    /// The ids of all processes there have been, for the watchdog.
    group: Group,
    log: String,
}

impl<'host> Session<'host> {
    /// A session whose first process is `first`.
    pub(super) fn new(
        first: Tracee,
        scratch: &'host Scratch,
        drain: &'host Drain,
        scenario: &str,
    ) -> Result<Self, HostError> {
        let mut base = proc_fs::status(first.pid)?;
        base[HWM] = base[RSS];
        let mut names = Names::default();
        names.bind("heap", IMAGE_END);
        names.bind("mmap_base", MMAP_BASE);
        let tracks_hwm = scenario.contains("status");
        let mut session = Self {
            scratch,
            drain,
            processes: Vec::new(),
            names,
            base,
            tracks_hwm,
            group: Group::default(),
            log: String::new(),
        };
        session.take_in(1, first)?;
        Ok(session)
    }

    /// Begins to count for a process.
    pub(super) fn take_in(&mut self, id: u64, tracee: Tracee) -> Result<(), HostError> {
        let (start, hwm) = (proc_fs::faults(tracee.pid)?, proc_fs::status(tracee.pid)?[RSS]);
        self.group.lock().unwrap_or_else(PoisonError::into_inner).push(tracee.pid);
        self.processes.push(Process { id, tracee, start, hwm });
        Ok(())
    }

    /// The ids of the processes, as they come.
    pub(super) fn group(&self) -> Group {
        self.group.clone()
    }

    /// Runs the lines; gives the log.
    pub(super) fn run(mut self, scenario: &str) -> Result<String, HostError> {
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

    fn line(&mut self, line: &Line<'_>) -> Result<(), HostError> {
        let answer = match self.index_of(line.process) {
            Some(_) if line.thread != 1 => return Err(no_such_call(line).into()),
            Some(at) => self.counted(line, at)?,
            None => Answer::text(" -1 ESRCH"),
        };
        if let Some(name) = line.name {
            self.names.bind(name, answer.value);
        }
        let _ = writeln!(self.log, "{} ->{}", line.text, answer.text);
        Ok(())
    }

    /// A call's answer with the faults that it took.
    fn counted(&mut self, line: &Line<'_>, at: usize) -> Result<Answer, HostError> {
        if let Some(view) = calls::view(self, line, at)? {
            return Ok(view);
        }
        let before = proc_fs::faults(self.processes[at].tracee.pid)?;
        let mut answer = calls::perform(self, line, at)?;
        self.drain.drain();
        if let Some(at) = self.index_of(line.process) {
            let Faults { minor, major } = proc_fs::faults(self.processes[at].tracee.pid)?.since(before);
            for (name, count) in
                [("minflt", minor), ("majflt", major)].into_iter().filter(|&(_, count)| count > 0)
            {
                let _ = write!(answer.text, " {name}={count}");
            }
        }
        self.note_hwm()?;
        Ok(answer)
    }

    fn note_hwm(&mut self) -> Result<(), HostError> {
        if self.tracks_hwm {
            for process in &mut self.processes {
                process.hwm = process.hwm.max(proc_fs::status(process.tracee.pid)?[RSS]);
            }
        }
        Ok(())
    }

    /// Where among those that live the process of this number is.
    pub(super) fn index_of(&self, id: u64) -> Option<usize> {
        self.processes.iter().position(|process| process.id == id)
    }

    /// A process's faults since its part of the scenario began.
    pub(super) fn faults(&self, at: usize) -> Result<Faults, HostError> {
        let process = &self.processes[at];
        Ok(proc_fs::faults(process.tracee.pid)?.since(process.start))
    }

    /// The values of a call's arguments, which must be `count`.
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
        template::is_own
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        for process in &self.processes {
            sys::kill_soon(process.tracee.pid);
        }
        for process in &self.processes {
            sys::kill(process.tracee.pid);
        }
        self.scratch.clear();
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
