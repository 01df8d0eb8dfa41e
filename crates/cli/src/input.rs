//! The scenario to read: a file or standard input, with a progress bar on a terminal for what takes longer than a second.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use memtwin_workload::RunError;
use memtwin_workload::source::{Lines, SourceError};

use crate::failure::Failure;

/// The name that means standard input.
const STDIN: &str = "-";

/// Opens the scenario `file`.
pub(crate) fn open(file: &str) -> Result<Lines, Failure> {
    let failed = |error: io::Error| Failure::Scenario {
        file: file.to_owned(),
        error: RunError::Source(SourceError::Io(error)),
    };
    if file == STDIN {
        return Lines::new(Watched::new(io::stdin(), None)).map_err(failed);
    }
    let opened = File::open(file).map_err(failed)?;
    let bytes = opened.metadata().map_err(failed)?.len();
    Lines::new(Watched::new(opened, Some(bytes))).map_err(failed)
}

/// The whole text of `file`.
pub(crate) fn read_text(file: &str) -> Result<String, Failure> {
    let text = if file == STDIN { io::read_to_string(io::stdin()) } else { std::fs::read_to_string(file) };
    text.map_err(|error| Failure::source(file, SourceError::Io(error)))
}

/// All lines of the scenario `file`, numbered.
pub(crate) fn all(file: &str) -> Result<Vec<(u64, String)>, Failure> {
    let mut lines = open(file)?;
    let mut all = Vec::new();
    loop {
        match lines.next_line().map_err(|error| Failure::source(file, error))? {
            Some((number, text)) => all.push((number, text.to_owned())),
            None => return Ok(all),
        }
    }
}

/// All of the scenario `file` as text, to be run more than once.
pub(crate) fn text(file: &str) -> Result<String, Failure> {
    Ok(all(file)?.into_iter().map(|(_, line)| line + "\n").collect())
}

/// Lines of a reader of `bytes` bytes, its progress shown.
pub(crate) fn watched(reader: impl Read + 'static, bytes: u64) -> io::Result<Lines> {
    Lines::new(Watched::new(reader, Some(bytes)))
}

/// A reader whose progress is shown.
pub(crate) struct Watched<R> {
    reader: R,
    total: Option<u64>,
    done: u64,
    begun: Instant,
    bar: Option<ProgressBar>,
}

impl<R> Watched<R> {
    pub(crate) fn new(reader: R, total: Option<u64>) -> Watched<R> {
        Watched { reader, total, done: 0, begun: Instant::now(), bar: None }
    }

    fn show(&mut self) {
        const PATIENCE: Duration = Duration::from_secs(1);
        let wanted = self.begun.elapsed() > PATIENCE && io::stderr().is_terminal();
        if self.bar.is_none() && wanted {
            self.bar = Some(bar(self.total));
        }
        if let Some(bar) = &self.bar {
            bar.set_position(self.done);
        }
    }
}

fn bar(total: Option<u64>) -> ProgressBar {
    let Some(total) = total else { return ProgressBar::new_spinner() };
    let template = "{bar:40} {bytes}/{total_bytes} {eta}";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(total).with_style(style)
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.done += read as u64;
        self.show();
        Ok(read)
    }
}

impl<R> Drop for Watched<R> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
