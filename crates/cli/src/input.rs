//! The scenario to read: a file or standard input, its progress shown on a terminal.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use memtwin_workload::RunError;
use memtwin_workload::source::{Lines, SourceError};

use crate::failure::Failure;
use crate::waiting::Waiting;

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
    done: Arc<AtomicU64>,
    _waiting: Waiting,
}

impl<R> Watched<R> {
    pub(crate) fn new(reader: R, total: Option<u64>) -> Watched<R> {
        let done = Arc::<AtomicU64>::default();
        Watched { reader, _waiting: Waiting::for_bytes(done.clone(), total), done }
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.done.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
