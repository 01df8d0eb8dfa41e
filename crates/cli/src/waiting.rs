//! A sign on a terminal that work goes on, for what takes longer than a second and has no end that could be told.

use std::io::{self, IsTerminal};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::ProgressBar;

/// Shows a spinner on standard error, a second after it was made, until it is dropped.
pub(crate) struct Waiting(Option<(Sender<()>, JoinHandle<()>)>);

impl Waiting {
    pub(crate) fn new() -> Waiting {
        const PATIENCE: Duration = Duration::from_secs(1);
        const TICK: Duration = Duration::from_millis(100);
        if !io::stderr().is_terminal() {
            return Waiting(None);
        }
        let (done, end) = channel();
        let thread = thread::spawn(move || {
            if end.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                let spinner = ProgressBar::new_spinner();
                while end.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                    spinner.tick();
                }
                spinner.finish_and_clear();
            }
        });
        Waiting(Some((done, thread)))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some((done, thread)) = self.0.take() {
            drop(done);
            // A spinner that broke is no matter.
            let _ = thread.join();
        }
    }
}
