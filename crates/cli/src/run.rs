//! `memtwin run`: the log of a scenario.

use std::io::{self, BufWriter, IsTerminal, LineWriter, Write};

use clap::Args;
use memtwin_workload::Options;

use crate::failure::Failure;
use crate::session::{self, Scenario};
use crate::waiting::Output;

/// Runs a scenario and prints its log: each line, its outcome, its page faults.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Run {
    #[command(flatten)]
    scenario: Scenario,
    /// Show the system calls that the C library makes, below its calls
    #[arg(long)]
    syscalls: bool,
    /// Write the state after the last line to a checkpoint, for --from
    #[arg(long, value_name = "CHECKPOINT")]
    save: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  memtwin run tests/scenarios/kernel/15-fork-cow.scn
  memtwin run --syscalls tests/scenarios/malloc/18-top-grows.scn
  echo 'load(0x1000)' | memtwin run -
  memtwin run --until 20 --save at20.twin trace.scn   # stop there and keep the state
  memtwin run --from at20.twin trace.scn              # go on with line 21
  memtwin run --from at20.twin other.scn              # or with something else

Exit codes: 0 all lines ran, 1 cannot write, 2 a file or a line was refused.";

impl Run {
    pub(crate) fn execute(self) -> Result<(), Failure> {
        let mut log = log();
        let options = Options { syscalls: self.syscalls, ..Options::default() };
        let session = self.scenario.run(options, &mut log)?;
        match &self.save {
            Some(file) => session::save(&session, file).map_err(|error| Failure::checkpoint(file, error)),
            None => Ok(()),
        }
    }
}

/// Who looks on sees each line when it has run.
fn log() -> Box<dyn Write> {
    let out = io::stdout().lock();
    if out.is_terminal() {
        return Box::new(LineWriter::new(Output(out)));
    }
    Box::new(BufWriter::with_capacity(1 << 16, out))
}
