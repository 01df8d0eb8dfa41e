//! `memtwin report`: where the page faults of a scenario come from.

use std::io::{self, BufWriter, Write};

use clap::Args;
use memtwin_workload::cost::CostModel;
use memtwin_workload::mmu::FormatName;
use memtwin_workload::{MallocKind, Options, Runner, report};

use crate::failure::Failure;
use crate::{cost, input, table};

/// Runs a scenario and reports its page faults by cause, owner, call and mapping, its system calls, heap, memory and TLB.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Report {
    /// The scenario: .scn, .scn.gz, or - for standard input
    file: String,
    /// The report as JSON
    #[arg(long)]
    json: bool,
    /// The malloc that the processes use
    #[arg(long, value_name = "NAME", default_value_t = MallocKind::default())]
    alloc: MallocKind,
    /// The way to translate addresses: x86-64 or another MMU
    #[arg(long, value_name = "NAME")]
    mmu: Option<FormatName>,
    /// The cost model: a preset (xeon-kvm, epyc-zen4-kvm, skylake-server, zen4, cortex-a72) or a file of `memtwin calibrate`
    #[arg(long, value_name = "NAME|FILE", default_value = "xeon-kvm", value_parser = cost::model)]
    cost: CostModel,
}

const EXAMPLES: &str = "\
Examples:
  memtwin report tests/scenarios/real/82-real-sqlite.scn.gz
  memtwin report --json trace.scn | jq .faults.by_cause
  memtwin report --alloc first-fit trace.scn
  memtwin report --mmu sv39 trace.scn

Exit codes: 0 all lines ran, 1 cannot write, 2 a file or a line was refused.";

impl Report {
    pub(crate) fn execute(self) -> Result<(), Failure> {
        let mut lines = input::open(&self.file)?;
        let options = Options { malloc: self.alloc.into(), mmu: self.mmu, ..Options::default() };
        let mut runner = Runner::new(options);
        let result = runner.run(&mut lines, &mut io::sink());
        result.map_err(|error| Failure::Scenario { file: self.file.clone(), error })?;
        let report = report::Report::of(&runner).timed(&runner, &self.cost);
        let mut out = BufWriter::new(io::stdout().lock());
        if self.json {
            writeln!(out, "{}", report.to_json())?;
        } else {
            for section in report.sections() {
                let rows = section.rows.iter().map(|(name, figure)| (name.as_str(), figure.as_str()));
                writeln!(out, "{}\n{}\n", table::heading(section.title), table::figures(rows).trim_fmt())?;
            }
        }
        Ok(out.flush()?)
    }
}
