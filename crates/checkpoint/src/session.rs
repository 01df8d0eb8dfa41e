//! A scenario's run that can be stopped after any line, cloned, saved to a file, loaded and gone on with.

use std::io::{self, Write};

use memtwin_workload::source::Lines;
use memtwin_workload::{Options, RunError, Runner, Twin};
use serde::{Deserialize, Serialize};

/// A run and how far it has come.
#[derive(Clone, Serialize, Deserialize)]
pub struct Session {
    runner: Runner,
    lines: u64,
    /// CRC-32 of the lines that were run, by which a file that begins with them is known.
    ran: u32,
}

impl Session {
    /// Before the first line.
    pub fn new(options: Options) -> Session {
        Session { runner: Runner::new(options), lines: 0, ran: 0 }
    }

    /// A run like this one, that goes on by itself from here. Both share what memory holds until one of them writes it, so this takes
    /// no time for memory that is resident, however much.
    ///
    /// A branch takes some 110 KiB of the host, and reserves as many of the host's addresses as the machine has RAM: of the default
    /// 24 GiB some 5,000 can live at once, then the host's 128 TiB are used up and it has no memory; 8,000 of 1 GiB were tried.
    ///
    /// ```
    /// use memtwin_checkpoint::Session;
    /// use memtwin_workload::Options;
    ///
    /// let mut session = Session::new(Options::default());
    /// session.line(1, "p = mmap(NULL, 1M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)", &mut std::io::sink())?;
    /// session.line(2, "touch(p, 1M, w)", &mut std::io::sink())?;
    ///
    /// let mut other = session.branch();
    /// let (mut log, mut other_log) = (Vec::new(), Vec::new());
    /// other.line(3, "munmap(p, 1M)", &mut other_log)?;
    /// other.line(4, "store(p, 4)", &mut other_log)?;
    /// session.line(3, "store(p, 4)", &mut log)?;
    /// assert!(String::from_utf8_lossy(&other_log).contains("SIGSEGV"));
    /// assert!(!String::from_utf8_lossy(&log).contains("SIGSEGV"));
    /// # Ok::<(), memtwin_workload::RunError>(())
    /// ```
    pub fn branch(&mut self) -> Session {
        Session { runner: self.runner.branch(), ..*self }
    }

    /// Lines run so far, comments and empty ones included.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// The run.
    pub fn runner(&self) -> &Runner {
        &self.runner
    }

    /// The machine as it is now; `None` before the first call.
    pub fn twin(&self) -> Option<&Twin> {
        self.runner.twin()
    }

    /// The same, to look at and to change between lines.
    pub fn twin_mut(&mut self) -> Option<&mut Twin> {
        self.runner.twin_mut()
    }

    /// Runs one line, `number` in its file, and writes its log.
    ///
    /// # Errors
    /// If it is refused, or the log cannot be written.
    pub fn line(&mut self, number: u64, text: &str, log: &mut impl Write) -> Result<(), RunError> {
        self.runner.line(number, text, log)?;
        self.ran = with_line(self.ran, text);
        self.lines += 1;
        Ok(())
    }

    /// Runs the lines of a text after those that were run, and gives their log.
    ///
    /// # Errors
    /// The first line that is refused; its number counts all lines of the session.
    pub fn play(&mut self, text: &str) -> Result<String, RunError> {
        let mut log = Vec::new();
        text.lines().try_for_each(|line| self.line(self.lines + 1, line, &mut log))?;
        String::from_utf8(log).map_err(|error| RunError::Log(io::Error::other(error)))
    }

    /// Runs the lines up to line `until` of the file, or all, and writes their log. A file that begins with the very lines
    /// that this session has run is gone on with after them; any other is run from its first line, on the machine as it is. Gives the
    /// number of the last line that has been run of it.
    ///
    /// # Errors
    /// The first line that is refused; what was run before it is in the log.
    pub fn run(
        &mut self,
        lines: &mut Lines,
        until: Option<u64>,
        log: &mut impl Write,
    ) -> Result<u64, RunError> {
        self.run_each(lines, until, log, |_, _, _| {})
    }

    /// The same, and shows the session to `after` after each line, with the line's number and text.
    ///
    /// # Errors
    /// As [`run`](Session::run).
    pub fn run_each(
        &mut self,
        lines: &mut Lines,
        until: Option<u64>,
        log: &mut impl Write,
        mut after: impl FnMut(&Session, u64, &str),
    ) -> Result<u64, RunError> {
        let until = until.unwrap_or(u64::MAX);
        let Some(unknown) = self.unknown_beginning(lines)? else {
            return self.run_rest(self.lines, lines, until, log, after);
        };
        for (number, text) in (1..).zip(unknown.iter()).take_while(|(number, _)| *number <= until) {
            self.line(number, text, log)?;
            after(self, number, text);
        }
        self.run_rest((unknown.len() as u64).min(until), lines, until, log, after)
    }

    fn run_rest(
        &mut self,
        mut number: u64,
        lines: &mut Lines,
        until: u64,
        log: &mut impl Write,
        mut after: impl FnMut(&Session, u64, &str),
    ) -> Result<u64, RunError> {
        while number < until {
            let Some((at, text)) = lines.next_line()? else { break };
            self.line(at, text, log)?;
            after(self, at, text);
            number = at;
        }
        Ok(number)
    }

    /// Reads as many lines as were run; none if they are those, else all that were read.
    fn unknown_beginning(&self, lines: &mut Lines) -> Result<Option<Vec<String>>, RunError> {
        let (mut read, mut crc) = (Vec::new(), 0);
        while (read.len() as u64) < self.lines {
            let Some((_, text)) = lines.next_line()? else { break };
            crc = with_line(crc, text);
            read.push(text.to_owned());
        }
        let known = crc == self.ran && read.len() as u64 == self.lines;
        Ok((!known).then_some(read))
    }
}

/// The CRC of lines with one more.
fn with_line(crc: u32, text: &str) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(crc);
    hasher.update(text.as_bytes());
    hasher.update(b"\n");
    hasher.finalize()
}
