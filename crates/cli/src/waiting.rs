//! A sign on a terminal that work goes on, for what takes longer than a second: a spinner, or a bar where the end is known.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// What is shown now.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Shows a spinner or a bar on standard error, a second after it was made, until it is dropped.
pub(crate) struct Waiting(Option<(Sender<()>, JoinHandle<()>)>);

impl Waiting {
    /// For work of which nobody knows how much there is.
    pub(crate) fn new() -> Waiting {
        Waiting::show(|| spinner("{spinner} {elapsed}"), |_| {})
    }

    /// For reading: `done` is the bytes read so far. What is read at once, before anything is done with it, says nothing of the end.
    pub(crate) fn for_bytes(done: Arc<AtomicU64>, total: Option<u64>) -> Waiting {
        const AT_ONCE: u64 = 1 << 17;
        match total.filter(|total| *total > AT_ONCE) {
            Some(total) => {
                Waiting::show(move || bar(total), move |bar| bar.set_position(done.load(Ordering::Relaxed)))
            }
            None => Waiting::new(),
        }
    }

    fn show(
        make: impl FnOnce() -> ProgressBar + Send + 'static,
        step: impl Fn(&ProgressBar) + Send + 'static,
    ) -> Waiting {
        if !io::stderr().is_terminal() {
            return Waiting(None);
        }
        let (done, end) = channel();
        Waiting(Some((done, thread::spawn(move || shown_until(&end, make, step)))))
    }
}

fn shown_until(end: &Receiver<()>, make: impl FnOnce() -> ProgressBar, step: impl Fn(&ProgressBar)) {
    const PATIENCE: Duration = Duration::from_secs(1);
    const TICK: Duration = Duration::from_millis(100);
    if end.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
        return;
    }
    let bar = make().with_elapsed(PATIENCE);
    *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar.clone());
    while end.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
        step(&bar);
        bar.tick();
    }
    *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = None;
    bar.finish_and_clear();
}

fn spinner(template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner());
    ProgressBar::new_spinner().with_style(style)
}

fn bar(total: u64) -> ProgressBar {
    let template = "{bar:40} {bytes}/{total_bytes} {eta}";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(total).with_style(style)
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

/// Standard output, for whose text what is shown makes way.
pub(crate) struct Output<W>(pub(crate) W);

impl<W: Write> Write for Output<W> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
        match &*shown {
            Some(bar) => bar.suspend(|| self.0.write(text)),
            None => self.0.write(text),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
