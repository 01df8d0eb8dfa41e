//! One scenario under several ways to translate addresses, side by side.
//!
//! The program is the same each time: what it loads and which of its calls succeed is compared with the first run's. Where a call fails
//! because the address space is too small, say, the row says at which line, and its figures are those of the rest.

use std::io;

use memtwin_kernel::mmu::cost::CostModel;
use memtwin_kernel::mmu::paging::FormatName;
use serde::Serialize;

use crate::error::RunError;
use crate::report::Report;
use crate::runner::{Options, Runner};

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// The way to translate.
    pub mmu: &'static str,
    /// Whether a real machine of this kind could run it at all; if not, the program's results are those of a large enough one.
    pub runs: bool,
    /// Whether the program saw what it saw in the first run.
    pub same_results: bool,
    /// If not: why, or where and what it saw.
    pub why: Option<String>,
    /// The run in figures.
    pub report: Report,
}

/// Runs the numbered `lines` under each of `mmus`; the first is what others are compared with.
///
/// # Errors
/// The first line that is refused under all of them; one that is refused by some only is a row without figures.
pub fn compare(
    lines: &[(u64, String)],
    options: &Options,
    mmus: &[FormatName],
    cost: &CostModel,
) -> Result<Vec<Compared>, RunError> {
    let mut rows = Vec::new();
    let mut first = None;
    for mmu in mmus {
        let (runner, error) = run(lines, options, *mmu);
        if let (None, Some(error)) = (&first, error) {
            return Err(error);
        }
        let report = Report::of(&runner).timed(&runner, cost);
        let base = first.get_or_insert_with(|| runner.outcomes());
        let why = base.difference(&runner.outcomes());
        let differs = why.map(|(line, there, here)| format!("line {line}: {here} instead of {there}"));
        let refusal = report.translation.segments.as_ref().and_then(|segments| segments.refusal.clone());
        rows.push(Compared {
            mmu: mmu.as_str(),
            runs: refusal.is_none(),
            same_results: differs.is_none(),
            why: refusal.map(|why| format!("cannot run: {why}")).or(differs),
            report,
        });
    }
    Ok(rows)
}

/// As far as it goes.
fn run(lines: &[(u64, String)], options: &Options, mmu: FormatName) -> (Runner, Option<RunError>) {
    let mut runner = Runner::new(Options { mmu: Some(mmu), ..options.clone() });
    runner.watch();
    let result = lines.iter().try_for_each(|(number, text)| runner.line(*number, text, &mut io::sink()));
    (runner, result.err())
}
