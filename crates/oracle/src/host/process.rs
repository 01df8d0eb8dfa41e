//! A process of a scenario, and its threads.

use super::HostError;
use super::library::Stack;
use super::proc_fs::{self, Faults, RSS};
use super::sys::{self, Registers};
use super::tracee::Tracee;

/// A process of the scenario.
#[derive(Debug)]
pub(super) struct Process {
    /// Its number in the scenario.
    pub(super) id: u64,
    pub(super) pid: i32,
    /// Its threads that live; the first is the one that its pid names.
    pub(super) threads: Vec<Thread>,
    /// The faults of its calls, as printed.
    pub(super) counted: Faults,
    /// The highest VmRSS at the end of a line, kB.
    pub(super) hwm: i64,
}

/// A thread of a process.
#[derive(Debug)]
pub(super) struct Thread {
    /// Its number in the scenario.
    pub(super) number: u64,
    pub(super) tracee: Tracee,
    /// Where functions of the C library run, if there is one.
    pub(super) stack: Option<Stack>,
    /// The registers with which its first function began.
    pub(super) birth: Option<Registers>,
    /// Where its errno is, once that was asked for.
    pub(super) errno: Option<u64>,
}

impl Thread {
    pub(super) fn new(number: u64, tracee: Tracee, stack: Option<Stack>) -> Self {
        Self { number, tracee, stack, birth: None, errno: None }
    }
}

impl Process {
    /// A process with one thread.
    pub(super) fn new(id: u64, first: Thread) -> Result<Self, HostError> {
        let pid = first.tracee.pid;
        let hwm = proc_fs::status(pid)?[RSS];
        Ok(Self { id, pid, threads: vec![first], counted: Faults::default(), hwm })
    }

    /// Notes how large the process is now.
    pub(super) fn note_hwm(&mut self) -> Result<(), HostError> {
        self.hwm = self.hwm.max(proc_fs::status(self.pid)?[RSS]);
        Ok(())
    }

    /// Has the kernel end the process.
    pub(super) fn kill_soon(&self) {
        sys::kill_soon(self.pid);
    }

    /// Ends the process and collects it: its first thread can be waited for only after all others.
    pub(super) fn kill(self) {
        self.kill_soon();
        self.threads.iter().rev().for_each(|thread| sys::wait_for_end(thread.tracee.pid));
    }
}
