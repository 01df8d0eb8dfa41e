//! `memtwin compare`: a scenario under several ways to translate addresses.

use std::io::{self, BufWriter, Write};

use clap::Args;
use memtwin_workload::compare::{Compared, compare};
use memtwin_workload::cost::CostModel;
use memtwin_workload::mmu::FormatName;
use memtwin_workload::report::HashedFigures;
use memtwin_workload::{MallocKind, Options};

use crate::failure::Failure;
use crate::waiting::Waiting;
use crate::{cost, input, table};

/// Runs a scenario under several MMUs with the same program and compares tables, walks, TLB and modelled time.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Compare {
    /// The scenario: .scn, .scn.gz, or - for standard input
    file: String,
    /// The MMUs, by name with commas between them, or `all`; results are compared with the first one's
    #[arg(long, value_name = "NAMES", default_value = "all", value_parser = mmus)]
    mmu: Mmus,
    /// The comparison as JSON
    #[arg(long)]
    json: bool,
    /// The malloc that the processes use
    #[arg(long, value_name = "NAME", default_value_t = MallocKind::default())]
    alloc: MallocKind,
    /// The cost model: a preset or a file of `memtwin calibrate`
    #[arg(long, value_name = "NAME|FILE", default_value = "xeon-kvm", value_parser = cost::model)]
    cost: CostModel,
}

/// MMUs to compare.
#[derive(Clone, Debug)]
struct Mmus(Vec<FormatName>);

fn mmus(names: &str) -> Result<Mmus, String> {
    if names == "all" {
        return Ok(Mmus(FormatName::ALL.to_vec()));
    }
    let named = |name: &str| name.parse::<FormatName>().map_err(|error| error.to_string());
    names.split(',').map(named).collect::<Result<_, _>>().map(Mmus)
}

const EXAMPLES: &str = "\
Examples:
  memtwin compare --mmu all tests/scenarios/real/82-real-sqlite.scn.gz
  memtwin compare --mmu x86-64,sv39,inverted --json trace.scn | jq '.[].report.translation'

Exit codes: 0 all lines ran, 1 cannot write, 2 a file or a line was refused.";

const TITLES: [&str; 12] = [
    "mmu",
    "page",
    "results",
    "minflt",
    "table bytes",
    "walks",
    "refs",
    "refs/walk",
    "TLB hits",
    "cycles/access",
    "chain",
    "loads",
];

impl Compare {
    pub(crate) fn execute(self) -> Result<(), Failure> {
        let lines = input::all(&self.file)?;
        let options = Options { malloc: self.alloc.into(), ..Options::default() };
        let waiting = Waiting::new();
        let rows = compare(&lines, &options, &self.mmu.0, &self.cost)
            .map_err(|error| Failure::Scenario { file: self.file.clone(), error })?;
        drop(waiting);
        let mut out = BufWriter::new(io::stdout().lock());
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&rows).unwrap_or_default())?;
            return Ok(out.flush()?);
        }
        let titles = TITLES.map(str::to_owned).to_vec();
        let cells = std::iter::once(titles).chain(rows.iter().map(|run| row(run).to_vec()));
        writeln!(out, "{}", table::numbers(cells).trim_fmt())?;
        for row in &rows {
            if let Some(why) = &row.why {
                writeln!(out, "{}: {why}", row.mmu)?;
            }
        }
        Ok(out.flush()?)
    }
}

fn row(run: &Compared) -> [String; 12] {
    let (tlb, translation) = (&run.report.tlb, &run.report.translation);
    let paged = translation.is_paged;
    let of_pages = |figure: String| if paged { figure } else { "-".to_owned() };
    let chain = |of: &HashedFigures| format!("{:.2}, {}", of.mean_chain, of.max_chain);
    let results = match (run.runs, run.same_results) {
        (false, _) => "cannot run",
        (true, true) => "same",
        (true, false) => "differ",
    };
    [
        run.mmu.to_owned(),
        of_pages(format!("{}K", translation.page_bytes >> 10)),
        results.to_owned(),
        of_pages(run.report.faults.minflt.to_string()),
        translation.peak_table_bytes.to_string(),
        of_pages(translation.hashed.as_ref().map_or(tlb.walks, |hashed| hashed.searches).to_string()),
        of_pages(tlb.walk_references.to_string()),
        of_pages(format!("{:.2}", translation.references_per_walk)),
        of_pages((tlb.l1_hits + tlb.l2_hits).to_string()),
        format!("{:.2}", run.report.time.cycles_per_access),
        translation.hashed.as_ref().map(chain).unwrap_or_default(),
        translation.segments.as_ref().map(|segments| segments.loads.to_string()).unwrap_or_default(),
    ]
}
