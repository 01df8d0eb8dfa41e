//! `memtwin show` and `memtwin diff`: the state of a machine after a line, and what changed between two lines.

use std::io::{self, BufWriter, Write};

use clap::{Args, ValueEnum};
use memtwin_lab::{Sections, Session, State};
use memtwin_workload::{Options, Pid};

use crate::failure::Failure;
use crate::session::Scenario;

/// Runs a scenario and shows the state it leaves: mappings, pages, heaps, counters, page faults.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Show {
    #[command(flatten)]
    scenario: Scenario,
    /// What to show [default: maps,pages,heap,lists,counters,ledger]
    #[arg(long, short, value_delimiter = ',', value_name = "SECTIONS")]
    sections: Vec<Section>,
    /// Show this process only
    #[arg(long, short, value_name = "P")]
    process: Option<Pid>,
    /// As JSON
    #[arg(long)]
    json: bool,
    /// Plain addresses instead of heap+0x2a0 and mmap#1
    #[arg(long, conflicts_with = "process")]
    raw: bool,
}

const EXAMPLES: &str = "\
Examples:
  memtwin show tests/scenarios/kernel/15-fork-cow.scn
  memtwin show --until 5 --sections heap,lists tests/scenarios/malloc/18-top-grows.scn
  memtwin show --json -p 1 trace.scn | jq '.processes.\"1\".maps'

Exit codes: 0 shown, 1 cannot write, 2 a file or a line was refused.";

/// A part of a state.
#[derive(Clone, Copy, ValueEnum)]
enum Section {
    Maps,
    Pages,
    Tables,
    Heap,
    Lists,
    Counters,
    Ledger,
    Frames,
    Lru,
    Swap,
    Tlb,
    All,
}

impl Section {
    fn bits(self) -> Sections {
        match self {
            Section::Maps => Sections::MAPS,
            Section::Pages => Sections::PAGES,
            Section::Tables => Sections::TABLES,
            Section::Heap => Sections::HEAP,
            Section::Lists => Sections::BINS,
            Section::Counters => Sections::COUNTERS,
            Section::Ledger => Sections::LEDGER,
            Section::Frames => Sections::FRAMES,
            Section::Lru => Sections::LRU,
            Section::Swap => Sections::SWAP,
            Section::Tlb => Sections::TLB,
            Section::All => Sections::all(),
        }
    }
}

impl Show {
    pub(crate) fn execute(self) -> Result<(), Failure> {
        let session = self.scenario.run(Options::default(), &mut io::sink())?;
        let sections = match self.sections.as_slice() {
            [] => Sections::default(),
            chosen => chosen.iter().map(|section| section.bits()).collect(),
        };
        let Some(state) = self.state(&session, sections)? else { return Ok(()) };
        let mut out = BufWriter::new(io::stdout().lock());
        if self.json {
            serde_json::to_writer_pretty(&mut out, &state).map_err(io::Error::from)?;
            writeln!(out)?;
        } else {
            write!(out, "{state}")?;
        }
        Ok(out.flush()?)
    }

    /// `None` if there is no machine yet.
    fn state(&self, session: &Session, sections: Sections) -> Result<Option<State>, Failure> {
        let Some(twin) = session.twin() else { return Ok(None) };
        match self.process {
            Some(pid) => match State::process(twin, pid, sections) {
                Ok(state) => Ok(Some(state)),
                Err(_) => Err(Failure::Usage(format!("there is no process {pid} after the last line"))),
            },
            None if self.raw => Ok(Some(State::raw(twin, sections))),
            None => Ok(Some(State::with(twin, sections))),
        }
    }
}

/// Says in words what a part of a scenario changed.
#[derive(Args)]
#[command(after_help = DIFF_EXAMPLES)]
pub(crate) struct Diff {
    #[command(flatten)]
    scenario: Scenario,
    /// Compare the state after this line with that at the end
    #[arg(long, value_name = "LINE")]
    since: u64,
}

const DIFF_EXAMPLES: &str = "\
Examples:
  memtwin diff --since 4 tests/scenarios/kernel/15-fork-cow.scn
  memtwin diff --since 20 --until 21 trace.scn     # what line 21 did

Exit codes: 0 shown, 1 cannot write, 2 a file or a line was refused.";

impl Diff {
    pub(crate) fn execute(self) -> Result<(), Failure> {
        let state = |session: &Session| session.twin().map(State::of);
        let (mut first, mut before) = (None, None);
        let note = |session: &Session, number, _: &str| {
            first.get_or_insert(number);
            if number == self.since {
                before = state(session);
            }
        };
        let (session, last) = self.scenario.run_each(Options::default(), &mut io::sink(), note)?;
        let (Some(then), Some(now)) = (before, state(&session)) else {
            return Err(self.nothing_to_compare(first, last));
        };
        Ok(write!(io::stdout().lock(), "{}", now.since(&then))?)
    }

    /// Lines `first` to `last` were run, and `since` was not, or nothing was there after it.
    fn nothing_to_compare(&self, first: Option<u64>, last: u64) -> Failure {
        let since = self.since;
        Failure::Usage(match first {
            _ if since > last => {
                format!("there is no line {since} to compare with: the run ends with line {last}")
            }
            Some(first) if since < first => {
                format!("there is no line {since} to compare with: the run begins with line {first}")
            }
            _ => format!("there is no machine yet after line {since}"),
        })
    }
}
