//! Kernel and task: the machine with its processes, and one thread of one of them about to make calls.
//!
//! Page faults are counted by the machine's ledger; here they are handed to the thread that was running
//! (Linux: `task_struct.min_flt`, `maj_flt`). Scheduling is the caller's: whoever asks for a [`Task`] runs.

use crate::Errno;
use crate::file::Namespace;
use crate::oom::OomEvent;
use crate::places::Random;
use crate::proc::StatusData;
use crate::process::{Faults, Process};
use memtwin_mmu::{Config, InodeId, Machine, MmId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A process, by the number a scenario gives it.
pub type Pid = u32;

/// A thread of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tid {
    /// The process.
    pub pid: Pid,
    /// The thread in it; 1 is the first.
    pub thread: u32,
}

/// A machine with its processes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kernel {
    /// The machine.
    pub machine: Machine,
    pub(crate) processes: BTreeMap<Pid, Process>,
    pub(crate) names: Namespace,
    /// The file of the program that all processes run.
    pub(crate) image: Option<InodeId>,
    /// What the first process had in memory when it began; logs print the growth since then.
    pub(crate) base: Option<StatusData>,
    /// Threads that were put on a processor.
    pub(crate) affinity: Vec<(Tid, u32)>,
    /// Processes that were given a layout.
    spawned: u64,
    /// What the OOM killer did.
    pub(crate) oom_events: Vec<OomEvent>,
    current: Option<Tid>,
    settled: Faults,
}

impl Kernel {
    /// A machine with no process.
    pub fn new(config: Config) -> Kernel {
        Kernel {
            machine: Machine::new(config),
            processes: BTreeMap::new(),
            names: Namespace::default(),
            image: None,
            base: None,
            affinity: Vec::new(),
            spawned: 0,
            oom_events: Vec::new(),
            current: None,
            settled: Faults::default(),
        }
    }

    /// A machine like this one with the same processes, that goes on by itself; what memory holds is shared until it is written
    /// ([`Machine::branch`]).
    pub fn branch(&mut self) -> Kernel {
        self.machine.freeze();
        self.clone()
    }

    /// Lets a thread run: its address space is the machine's from now on, and faults are its own.
    ///
    /// # Errors
    /// `ESRCH` if there is no such process or thread.
    pub fn task(&mut self, tid: Tid) -> Result<Task<'_>, Errno> {
        let process = self.processes.get(&tid.pid).ok_or(Errno::ESRCH)?;
        if !process.threads.contains_key(&tid.thread) {
            return Err(Errno::ESRCH);
        }
        let mm = process.mm;
        self.machine.activate_waiting();
        self.machine.sync_segments();
        self.machine.khugepaged_tick();
        self.machine.note_call();
        if self.current != Some(tid) {
            self.dispatch(tid, mm);
        }
        Ok(Task { kernel: self, tid, mm })
    }

    /// Makes a thread the running one, on its processor.
    pub(crate) fn dispatch(&mut self, tid: Tid, mm: MmId) {
        self.settle_faults();
        self.current = Some(tid);
        self.machine.run_on(self.cpu_of(tid));
        self.machine.switch_mm(mm);
    }

    /// What is random in the next process's layout.
    pub(crate) fn next_random(&mut self) -> Random {
        self.spawned += 1;
        Random::of(&self.machine.config, self.spawned)
    }

    /// The live processes, by number.
    pub fn pids(&self) -> impl Iterator<Item = Pid> + '_ {
        self.processes.keys().copied()
    }

    /// A live process.
    ///
    /// # Errors
    /// `ESRCH` if there is none of this number.
    pub fn process(&self, pid: Pid) -> Result<&Process, Errno> {
        self.processes.get(&pid).ok_or(Errno::ESRCH)
    }

    /// The faults of a process since its part of the scenario began.
    ///
    /// # Errors
    /// `ESRCH` if there is no such process.
    pub fn faults(&mut self, pid: Pid) -> Result<Faults, Errno> {
        self.settle_faults();
        Ok(self.process(pid)?.faults())
    }

    /// The same, without settling them.
    ///
    /// # Errors
    /// `ESRCH` if there is no such process.
    pub fn faults_so_far(&self, pid: Pid) -> Result<Faults, Errno> {
        let mut faults = self.process(pid)?.faults();
        if self.current.is_some_and(|tid| tid.pid == pid) {
            let ledger = &self.machine.ledger;
            faults.add(Faults { minflt: ledger.minflt, majflt: ledger.majflt }.since(self.settled));
        }
        Ok(faults)
    }

    /// Gives the faults since the last call to the thread that was running.
    pub(crate) fn settle_faults(&mut self) {
        let now = Faults { minflt: self.machine.ledger.minflt, majflt: self.machine.ledger.majflt };
        let new = now.since(self.settled);
        self.settled = now;
        let Some(tid) = self.current else { return };
        if let Some(thread) = self.processes.get_mut(&tid.pid).and_then(|p| p.threads.get_mut(&tid.thread)) {
            thread.add(new);
        }
    }

    /// Runs `work` on the machine with faults that count for nobody (a debugger's, in the oracle).
    pub(crate) fn uncounted<R>(&mut self, work: impl FnOnce(&mut Machine) -> R) -> R {
        let ledger = self.machine.ledger.clone();
        let result = work(&mut self.machine);
        self.machine.ledger = ledger;
        result
    }

    /// Forgets who was running: the next [`task`](Self::task) switches address spaces anew.
    pub(crate) fn deschedule(&mut self) {
        self.settle_faults();
        self.current = None;
    }

    /// Notes a process's resident size as [`note_hwm`](Self::note_hwm) does.
    pub(crate) fn note_hwm_of(&mut self, pid: Pid) {
        if let Some(process) = self.processes.get_mut(&pid) {
            process.hwm_pages = process.hwm_pages.max(self.machine.mm(process.mm).stats.rss_pages());
        }
    }

    /// Raises each process's highest VmRSS to what it has now. The runner calls it after each line, since Linux's own mark
    /// is approximate.
    pub fn note_hwm(&mut self) {
        let machine = &self.machine;
        for process in self.processes.values_mut() {
            process.hwm_pages = process.hwm_pages.max(machine.mm(process.mm).stats.rss_pages());
        }
    }
}

/// One thread of one process, about to make calls.
#[derive(Debug)]
pub struct Task<'k> {
    /// The kernel it runs on.
    pub kernel: &'k mut Kernel,
    /// Who it is.
    pub tid: Tid,
    /// Its address space.
    pub mm: MmId,
}

impl Task<'_> {
    /// Its process.
    ///
    /// # Panics
    /// Never: a task is made only for a process that lives, and [`exit`](Self::exit) takes the task.
    pub fn process(&self) -> &Process {
        self.kernel.processes.get(&self.tid.pid).expect("a task's process lives")
    }

    /// Its process, to change.
    ///
    /// # Panics
    /// Never, as [`process`](Self::process).
    pub fn process_mut(&mut self) -> &mut Process {
        self.kernel.processes.get_mut(&self.tid.pid).expect("a task's process lives")
    }

    /// The machine.
    pub fn machine(&mut self) -> &mut Machine {
        &mut self.kernel.machine
    }

    /// The faults of its process so far.
    pub fn faults(&mut self) -> Faults {
        self.kernel.settle_faults();
        self.process().faults()
    }

    /// The faults of this thread so far (`getrusage(RUSAGE_THREAD)`).
    pub fn thread_faults(&mut self) -> Faults {
        self.kernel.settle_faults();
        let thread = self.tid.thread;
        self.process().threads.get(&thread).copied().unwrap_or_default()
    }
}
