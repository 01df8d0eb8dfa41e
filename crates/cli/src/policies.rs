//! `memtwin policies`: replacement policies compared over one string of references.

use std::io::{self, Write};

use clap::Args;
use memtwin_workload::policies::{Comparison, ReferenceString};

use crate::failure::Failure;
use crate::waiting::Waiting;
use crate::{input, table};

/// Compares replacement policies over a string of page references: the misses of each, for some sizes of memory.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Policies {
    /// A size of memory in pages; may be given again
    #[arg(long, value_name = "N", required = true, value_parser = clap::value_parser!(u64).range(1..))]
    pages: Vec<u64>,
    /// A line of references, as refs(…) of a scenario takes it; may be given again
    #[arg(long, value_name = "SPEC", required_unless_present = "file", conflicts_with = "file")]
    refs: Vec<String>,
    /// A file of page numbers, one a line, or of lines of references; - for standard input
    #[arg(long)]
    file: Option<String>,
    /// The seed of the random policy
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// The comparison as JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
A line of references is one of
  seq|rev R BASE N PASSES WPCT CLASS     cyc|uni|chase R BASE N COUNT WPCT CLASS [SEED]
  stride R BASE N STRIDE COUNT WPCT CLASS     zipf S R BASE N COUNT WPCT CLASS SEED     mix K1 K2 …

Examples:
  memtwin policies --refs 'zipf 1.0 a 0 10000 1000000 0 0 1' --pages 100 --pages 1000
  memtwin policies --file pages.txt --pages 64 --json | jq .policies

Exit codes: 0 compared, 1 cannot write, 2 bad usage or a string that was refused.";

impl Policies {
    pub(crate) fn execute(self) -> Result<(), Failure> {
        let string = match &self.file {
            Some(file) => ReferenceString::from_text(&input::read_text(file)?),
            None => ReferenceString::from_specs(self.refs.iter().map(String::as_str)),
        };
        let refused = |error| Failure::References { file: self.file.clone(), error };
        let waiting = Waiting::new();
        let comparison = string.map_err(refused)?.compare(&self.pages, self.seed);
        drop(waiting);
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", comparison.to_json())?;
        } else {
            write!(out, "{}", text(&comparison))?;
        }
        Ok(out.flush()?)
    }
}

fn text(comparison: &Comparison) -> String {
    let title =
        format!("Misses of {} references to {} pages", comparison.references, comparison.distinct_pages);
    let mut head = vec!["policy".to_owned()];
    head.extend(comparison.memory_pages.iter().map(|pages| format!("{pages} pages")));
    let rows = comparison.policies.iter().map(|row| {
        let mut cells = vec![row.policy.to_owned()];
        cells.extend(row.misses.iter().map(u64::to_string));
        cells
    });
    format!("{}\n{}\n", table::heading(&title), table::numbers(std::iter::once(head).chain(rows)).trim_fmt())
}
