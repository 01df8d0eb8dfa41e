//! The scenario that a command runs, and from where to where: `--from` a checkpoint, `--until` a line.

use std::fs::File;
use std::io::Write;

use clap::Args;
use memtwin_lab::{CheckpointError, Session};
use memtwin_workload::mmu::FormatName;
use memtwin_workload::source::Lines;
use memtwin_workload::{MallocKind, Options};

use crate::failure::Failure;
use crate::input::{self, Watched};
use crate::waiting::Waiting;

/// A scenario and the part of it that is run.
#[derive(Args)]
pub(crate) struct Scenario {
    /// The scenario: .scn, .scn.gz, or - for standard input
    pub(crate) file: String,
    /// Stop after this line
    #[arg(long, value_name = "LINE")]
    pub(crate) until: Option<u64>,
    /// Go on from a checkpoint that `run --save` wrote: after its last line if FILE begins with the lines it ran, else with all of
    /// FILE
    #[arg(long, value_name = "CHECKPOINT", conflicts_with = "alloc")]
    pub(crate) from: Option<String>,
    /// The malloc that the processes use
    #[arg(long, value_name = "NAME", default_value_t = MallocKind::default())]
    pub(crate) alloc: MallocKind,
    /// The way to translate addresses: x86-64 or another MMU
    #[arg(long, value_name = "NAME", conflicts_with = "from")]
    pub(crate) mmu: Option<FormatName>,
}

/// Reads a checkpoint file, its progress shown.
fn load(file: &str) -> Result<Session, CheckpointError> {
    let (reader, bytes) = File::open(file)
        .and_then(|opened| opened.metadata().map(|metadata| (opened, metadata.len())))
        .map_err(CheckpointError::Io)?;
    Session::load(Watched::new(reader, Some(bytes)))
}

/// Writes a checkpoint file, its progress shown.
pub(crate) fn save(session: &Session, file: &str) -> Result<(), CheckpointError> {
    let _waiting = Waiting::new();
    session.save_to(file)
}

impl Scenario {
    /// The session before the run, and the lines of the file.
    pub(crate) fn open(&self, options: Options) -> Result<(Session, Lines), Failure> {
        let session = match &self.from {
            Some(file) => load(file).map_err(|error| Failure::checkpoint(file, error))?,
            None => Session::new(Options { malloc: self.alloc.into(), mmu: self.mmu, ..options }),
        };
        Ok((session, input::open(&self.file)?))
    }

    /// The session after the run.
    pub(crate) fn run(&self, options: Options, log: &mut impl Write) -> Result<Session, Failure> {
        self.run_each(options, log, |_, _, _| {}).map(|(session, _)| session)
    }

    /// The session after the run and the number of the last line; `after` sees the session after each line, its number and its text.
    pub(crate) fn run_each(
        &self,
        options: Options,
        log: &mut impl Write,
        after: impl FnMut(&Session, u64, &str),
    ) -> Result<(Session, u64), Failure> {
        let (mut session, mut lines) = self.open(options)?;
        let result = session.run_each(&mut lines, self.until, log, after);
        log.flush()?;
        let last = result.map_err(|error| Failure::Scenario { file: self.file.clone(), error })?;
        match (&self.from, self.until) {
            (Some(from), Some(until)) if until < last => Err(Failure::Usage(format!(
                "{from} is the state after line {last}, not before --until {until}"
            ))),
            _ => Ok((session, last)),
        }
    }
}
