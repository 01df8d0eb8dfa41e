//! `memtwin run`: the log of a scenario.

use std::io::{self, BufWriter, Write};

use clap::Args;
use memtwin_workload::mmu::FormatName;
use memtwin_workload::{MallocKind, Options, Runner};

use crate::failure::Failure;
use crate::input;

/// Runs a scenario and prints its log: each line, its outcome, its page faults.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Run {
    /// The scenario: .scn, .scn.gz, or - for standard input
    file: String,
    /// Show the system calls that the C library makes, below its calls
    #[arg(long)]
    syscalls: bool,
    /// The malloc that the processes use
    #[arg(long, value_name = "NAME", default_value_t = MallocKind::default())]
    alloc: MallocKind,
    /// The way to translate addresses: x86-64 or another MMU
    #[arg(long, value_name = "NAME")]
    mmu: Option<FormatName>,
}

const EXAMPLES: &str = "\
Examples:
  memtwin run tests/scenarios/kernel/15-fork-cow.scn
  memtwin run --syscalls tests/scenarios/malloc/18-top-grows.scn
  echo 'load(0x1000)' | memtwin run -

Exit codes: 0 all lines ran, 1 cannot write, 2 a file or a line was refused.";

impl Run {
    pub(crate) fn execute(self) -> Result<(), Failure> {
        let mut lines = input::open(&self.file)?;
        let mut log = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        let options = Options {
            syscalls: self.syscalls,
            malloc: self.alloc.into(),
            mmu: self.mmu,
            ..Options::default()
        };
        let result = Runner::new(options).run(&mut lines, &mut log);
        log.flush()?;
        result.map_err(|error| Failure::Scenario { file: self.file, error })
    }
}
