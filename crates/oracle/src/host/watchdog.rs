//! Ends the processes of a run that takes too long: the tracer itself waits for them without limit.

use super::sys;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// The ids of a run's processes, as they come.
pub(super) type Group = Arc<Mutex<Vec<i32>>>;

/// A thread that waits for the end of a run, but not for ever.
#[derive(Debug)]
pub(super) struct Watchdog {
    over: Sender<()>,
    thread: JoinHandle<bool>,
}

impl Watchdog {
    /// Kills all of `group` if [`has_bitten`](Self::has_bitten) is not asked within `timeout`.
    pub(super) fn new(timeout: Duration, group: Group) -> Self {
        let (over, wait) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let bites = wait.recv_timeout(timeout) == Err(RecvTimeoutError::Timeout);
            if bites {
                group
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner)
                    .iter()
                    .for_each(|&pid| sys::kill_soon(pid));
            }
            bites
        });
        Self { over, thread }
    }

    /// Whether the run has taken too long; ends the watch.
    pub(super) fn has_bitten(self) -> bool {
        let _nobody_waits = self.over.send(());
        self.thread.join().unwrap_or(false)
    }
}
