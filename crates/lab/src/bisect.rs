//! Which call did it: the line of a scenario after which something holds.
//!
//! The scenario runs once, with a clone of the session kept every so many lines; the question is asked at each clone, and the
//! lines between the last no and the yes are run again from the clone, one by one. So a costly question (a walk over a
//! heap) is asked a few hundred times however long the scenario is. What comes and goes between two clones is not seen.

use std::io;

use memtwin_workload::source::Lines;
use memtwin_workload::{Options, RunError, Twin};

use crate::{Difference, Sections, Session, State};

/// After so many questions, they are asked half as often.
const QUESTIONS: u64 = 128;

/// The line that did it.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its number, from 1.
    pub line: u64,
    /// Its text.
    pub text: String,
    /// What it changed.
    pub difference: Difference,
}

/// The first line of a scenario after which `holds` says yes; `None` if it never does. `holds` is not asked before there is a
/// machine.
///
/// # Errors
/// The first line that is refused, or cannot be read.
pub fn first_call(
    lines: &mut Lines,
    options: Options,
    holds: impl FnMut(&Twin) -> bool,
) -> Result<Option<Found>, RunError> {
    Search::new(options, holds).run(lines, true)
}

/// The line since which `holds` says yes until the end of the scenario; `None` if it says no at the end.
///
/// # Errors
/// As [`first_call`].
pub fn last_call(
    lines: &mut Lines,
    options: Options,
    holds: impl FnMut(&Twin) -> bool,
) -> Result<Option<Found>, RunError> {
    Search::new(options, holds).run(lines, false)
}

struct Search<F> {
    holds: F,
    /// Where the answer was last no.
    no: Session,
    /// The lines since then.
    since: Vec<String>,
    /// Lines from one question to the next.
    every: u64,
}

impl<F: FnMut(&Twin) -> bool> Search<F> {
    fn new(options: Options, holds: F) -> Search<F> {
        Search { holds, no: Session::new(options), since: Vec::new(), every: 1 }
    }

    fn run(mut self, lines: &mut Lines, stop_at_yes: bool) -> Result<Option<Found>, RunError> {
        let mut session = self.no.branch();
        let mut yes = false;
        while !(yes && stop_at_yes) && self.run_on(&mut session, lines)? {
            yes = self.ask(&session);
            if !yes {
                self.since.clear();
                self.no = session.branch();
            }
            if session.lines() / self.every >= QUESTIONS {
                self.every *= 2;
            }
        }
        if yes { self.replay() } else { Ok(None) }
    }

    fn ask(&mut self, session: &Session) -> bool {
        session.twin().is_some_and(&mut self.holds)
    }

    /// Runs the lines up to the next question: whether there were any.
    fn run_on(&mut self, session: &mut Session, lines: &mut Lines) -> Result<bool, RunError> {
        for done in 0..self.every {
            let Some((number, text)) = lines.next_line()? else { return Ok(done > 0) };
            session.line(number, text, &mut io::sink())?;
            self.since.push(text.to_owned());
        }
        Ok(true)
    }

    /// Runs line by line from the last no to the yes.
    fn replay(mut self) -> Result<Option<Found>, RunError> {
        let mut session = self.no.branch();
        let since = std::mem::take(&mut self.since);
        for (at, text) in since.iter().enumerate() {
            let line = session.lines() + 1;
            session.line(line, text, &mut io::sink())?;
            if self.ask(&session) {
                let difference = change(self.no, &since[..at], &session)?;
                return Ok(Some(Found { line, text: text.clone(), difference }));
            }
        }
        Ok(None)
    }
}

/// What the last line of `after` changed; `before` and then the lines `between` lead to it.
fn change(mut before: Session, between: &[String], after: &Session) -> Result<Difference, RunError> {
    for text in between {
        before.line(before.lines() + 1, text, &mut io::sink())?;
    }
    if before.twin().is_none() {
        // The first call starts the machine, too: what it changed is what is not so after one that changes nothing.
        before.play("rusage()")?;
    }
    let state = |session: &Session| session.twin().map(|twin| State::with(twin, Sections::default()));
    Ok(match (state(&before), state(after)) {
        (Some(then), Some(now)) => now.since(&then),
        _ => Difference::default(),
    })
}
