//! `memtwin when`: which call did it.

use std::io::{self, Cursor, Write};

use clap::Args;
use memtwin_lab::{Found, Question, Session, first_call, last_call};
use memtwin_workload::source::Lines;
use memtwin_workload::syntax::{Span, eval};
use memtwin_workload::{MallocKind, Options, Pid, Twin};

use crate::failure::Failure;
use crate::input;

/// Finds the call since which something holds: that made a page resident, split a mapping, pinned the heap's top.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct When {
    /// The scenario: .scn, .scn.gz, or - for standard input
    file: String,
    /// mapped, unmapped, split, resident, swapped, in-use, pinned
    question: Question,
    /// The address, in the language of scenarios (`a+4K`): names are those at the end. Not for `pinned`
    address: Option<String>,
    /// In which process
    #[arg(long, short, value_name = "P", default_value_t = 1)]
    process: Pid,
    /// The first call after which it holds, even if it ceases to later
    #[arg(long)]
    first: bool,
    /// The malloc that the processes use
    #[arg(long, value_name = "NAME", default_value_t = MallocKind::default())]
    alloc: MallocKind,
}

const EXAMPLES: &str = "\
Questions:
  mapped, unmapped   the address is in a mapping, or in none
  split              a mapping begins or ends at the address
  resident, swapped  the page at the address is in memory, or in swap
  in-use             the block at the address lives
  pinned             what keeps the heap's top from being trimmed lives (no address)

Examples:
  memtwin when trace.scn resident a+4K
  memtwin when trace.scn split a+16K
  memtwin when trace.scn pinned
  memtwin when --first trace.scn swapped m+1M -p 2

Exit codes: 0 found, 1 cannot write, 2 a file or a line was refused, 3 it does not hold.";

impl When {
    pub(crate) fn execute(self) -> Result<(), Failure> {
        let text = input::text(&self.file)?;
        let mut session = Session::new(self.options());
        let failed = |error| Failure::Scenario { file: self.file.clone(), error };
        session.run(&mut self.lines(&text)?, None, &mut io::sink()).map_err(failed)?;
        let addr = self.address(&session)?;
        let holds = |twin: &Twin| self.question.holds(twin, self.process, addr);
        let first = || first_call(&mut self.lines(&text)?, self.options(), holds).map_err(failed);
        if self.first {
            return first()?.map_or_else(|| Err(self.no("after any call")), |found| print(&found));
        }
        match last_call(&mut self.lines(&text)?, self.options(), holds).map_err(failed)? {
            Some(found) => print(&found),
            None => Err(match first()? {
                Some(once) => self.no(&format!("at the end, but did after line {} (--first)", once.line)),
                None => self.no("after any call"),
            }),
        }
    }

    fn no(&self, when: &str) -> Failure {
        let address = self.address.as_ref().map_or_else(String::new, |address| format!(" {address}"));
        Failure::No(format!("`{}{address}` does not hold {when}", self.question))
    }

    fn options(&self) -> Options {
        Options { malloc: self.alloc.into(), ..Options::default() }
    }

    fn lines(&self, text: &str) -> Result<Lines, Failure> {
        let cursor = Cursor::new(text.as_bytes().to_vec());
        input::watched(cursor, text.len() as u64).map_err(|error| Failure::source(&self.file, error.into()))
    }

    /// The address that is asked about; for a question without one, what the end of the run says.
    fn address(&self, session: &Session) -> Result<u64, Failure> {
        let question = self.question;
        if question == Question::Pinned {
            if self.address.is_some() {
                return Err(Failure::Usage("`pinned` takes no address: the block is found".to_owned()));
            }
            let pin = session.twin().and_then(|twin| self.question.subject(twin, self.process));
            return pin.ok_or_else(|| Failure::No("nothing pins the heap's top at the end".to_owned()));
        }
        let wanted = || Failure::Usage(format!("`{question}` is asked of an address: `{question} a+4K`"));
        let address = self.address.as_ref().ok_or_else(wanted)?;
        eval(address, Span::new(0, address.len()), session.runner().names())
            .map_err(|fault| Failure::Usage(format!("address `{address}`: {}", fault.problem)))
    }
}

fn print(found: &Found) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    writeln!(out, "line {}: {}", found.line, found.text)?;
    for change in &found.difference.changes {
        writeln!(out, "  {change}")?;
    }
    Ok(())
}
