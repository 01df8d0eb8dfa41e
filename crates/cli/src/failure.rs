//! What can end a command early, and how it is told: `memtwin: FILE:LINE:COLUMN: reason`, the line and a caret below it.

use std::io::{self, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use memtwin_lab::CheckpointError;
use memtwin_oracle::HostError;
use memtwin_workload::policies::StringError;
use memtwin_workload::source::SourceError;
use memtwin_workload::{Refused, RunError};

/// How wrong characters are pointed at.
const WRONG: Style = AnsiColor::Red.on_default().bold();

/// Why a command ended early.
pub(crate) enum Failure {
    /// Standard output could not be written.
    Output(io::Error),
    /// The host gives no log to compare with.
    Host(HostError),
    /// The host cannot be measured.
    Calibration(io::Error),
    /// A string of references that makes no sense.
    References {
        /// The file it is in; none where it was an argument.
        file: Option<String>,
        /// Why.
        error: StringError,
    },
    /// The twin and the host differ; standard output has said where.
    Different,
    /// What was asked for does not hold; an answer, too.
    No(String),
    /// The arguments ask for what there is not.
    Usage(String),
    /// A checkpoint could not be written or read.
    Checkpoint {
        /// Its name as given.
        file: String,
        /// Why.
        error: CheckpointError,
    },
    /// The scenario could not be opened, read or run to its end.
    Scenario {
        /// Its name as given.
        file: String,
        /// Why.
        error: RunError,
    },
}

impl Failure {
    /// A scenario that could not be read.
    pub(crate) fn source(file: &str, error: SourceError) -> Failure {
        Failure::Scenario { file: file.to_owned(), error: RunError::Source(error) }
    }

    /// A file that could not be made.
    pub(crate) fn file(file: &str, error: &io::Error) -> Failure {
        Failure::Output(io::Error::new(error.kind(), format!("{file}: {error}")))
    }

    /// A checkpoint that could not be written or read.
    pub(crate) fn checkpoint(file: &str, error: CheckpointError) -> Failure {
        Failure::Checkpoint { file: file.to_owned(), error }
    }

    /// Tells what happened on standard error; the exit code. A reader that went away is nothing to talk about.
    pub(crate) fn exit(self) -> ExitCode {
        match self {
            Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Failure::Host(error) => tell(&format!("memtwin: {error}\n"), 2),
            Failure::Calibration(error) => tell(&format!("memtwin: {error}\n"), 2),
            Failure::References { file: None, error } => tell(&format!("memtwin: {error}\n"), 2),
            Failure::References { file: Some(file), error } => {
                let gap = if error.has_place() { "" } else { " " };
                tell(&format!("memtwin: {file}:{gap}{error}\n"), 2)
            }
            Failure::Different => ExitCode::from(3),
            Failure::No(what) => tell(&format!("memtwin: {what}\n"), 3),
            Failure::Usage(what) => tell(&format!("memtwin: {what}\n"), 2),
            Failure::Checkpoint { file, error } => tell(&format!("memtwin: {file}: {error}\n"), 2),
            Failure::Output(error) => tell(&format!("memtwin: cannot write: {error}\n"), 1),
            Failure::Scenario { error: RunError::Log(error), .. } => Failure::Output(error).exit(),
            Failure::Scenario { file, error: RunError::Refused(refused) } => {
                tell(&refusal(&file, &refused), 2)
            }
            Failure::Scenario { file, error: RunError::Source(error) } if error.has_place() => {
                tell(&format!("memtwin: {file}:{error}\n"), 2)
            }
            Failure::Scenario { file, error } => tell(&format!("memtwin: {file}: {error}\n"), 2),
        }
    }
}

fn tell(message: &str, code: u8) -> ExitCode {
    // Nobody is left to tell if standard error is gone, too. Colours are dropped where nobody sees them.
    let _ = anstream::stderr().write_all(message.as_bytes());
    ExitCode::from(code)
}

/// The line and a caret below each wrong character, in red.
fn refusal(file: &str, refused: &Refused) -> String {
    const MOST_CHARS: usize = 120;
    let column = refused.column();
    let first = column.saturating_sub(MOST_CHARS / 2);
    let shown: String = refused.text.chars().skip(first).take(MOST_CHARS).map(printable).collect();
    let wrong = refused.fault.span.of(&refused.text).chars().count();
    let pad = " ".repeat(column - 1 - first);
    let carets = "^".repeat(wrong.clamp(1, MOST_CHARS - pad.len().min(MOST_CHARS - 1)));
    let number = refused.line.to_string();
    let margin = " ".repeat(number.len());
    format!(
        "memtwin: {file}:{refused}\n {margin} |\n {number} | {shown}\n {margin} | {pad}{WRONG}{carets}{WRONG:#}\n"
    )
}

/// A control character would move the caret or drive the terminal.
fn printable(c: char) -> char {
    if c.is_control() { '\u{fffd}' } else { c }
}

#[cfg(test)]
mod tests {
    use memtwin_workload::syntax::{Fault, Problem, Span};

    use super::*;

    #[test]
    fn a_caret_stands_below_the_wrong_word() {
        let fault = Fault::new(Span::new(9, 11), Problem::UnknownName("pp".to_owned()));
        let refused = Refused { line: 12, text: "load(a, \tpp)".to_owned(), fault };
        let want = "memtwin: x.scn:12:10: unknown name `pp`; bind it first (`pp = call(…)`) or use a name of the C \
                    headers\n    |\n 12 | load(a, \u{fffd}pp)\n    |          ^^\n";
        assert_eq!(anstream::adapter::strip_str(&refusal("x.scn", &refused)).to_string(), want);
    }
}
