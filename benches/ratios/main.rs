//! How much the twin costs beside the machine it imitates: `cargo bench --bench ratios [-- WORD…] [-- --verbose]`.
//!
//! Each row runs a loop on the twin and the same loop on the host's memory, kernel or malloc, by turns, and prints the median
//! of the pairs' ratios: `NAME ratio target stretch`. Words choose the rows whose names contain one; `--verbose` prints both
//! sides in nanoseconds to standard error. The host must be Linux.

#[cfg(target_os = "linux")]
mod accesses;
#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod faults;
#[cfg(target_os = "linux")]
mod footprint;
#[cfg(target_os = "linux")]
mod forks;
#[cfg(target_os = "linux")]
mod host;
#[cfg(target_os = "linux")]
mod malloc;
#[cfg(target_os = "linux")]
mod twin;

use std::time::Instant;

/// One line of the table.
struct Row {
    name: &'static str,
    target: f64,
    stretch: f64,
    /// Sets both sides up. Each call of the result runs both once.
    pairs: fn() -> Box<dyn FnMut() -> Pair>,
}

/// What one operation cost on both sides, in nanoseconds (or in bytes, or whatever the row counts).
#[derive(Clone, Copy, Debug)]
struct Pair {
    twin: f64,
    real: f64,
}

const PAIRS: usize = 9;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let verbose = arguments.iter().any(|word| word == "--verbose");
    let words: Vec<&String> = arguments.iter().filter(|word| !word.starts_with('-')).collect();
    for row in rows() {
        if words.is_empty() || words.iter().any(|word| row.name.contains(word.as_str())) {
            run(&row, verbose);
        }
    }
}

#[cfg(target_os = "linux")]
fn rows() -> Vec<Row> {
    [accesses::rows(), faults::rows(), calls::rows(), forks::rows(), malloc::rows(), footprint::rows()]
        .concat()
}

#[cfg(not(target_os = "linux"))]
fn rows() -> Vec<Row> {
    Vec::new()
}

fn run(row: &Row, verbose: bool) {
    let mut next = (row.pairs)();
    next();
    let mut pairs: Vec<Pair> = (0..PAIRS).map(|_| next()).collect();
    pairs.sort_by(|a, b| (a.twin / a.real).total_cmp(&(b.twin / b.real)));
    let median = pairs[PAIRS / 2];
    println!("{:24} {:8.4} {:6} {:6}", row.name, median.twin / median.real, row.target, row.stretch);
    if verbose {
        eprintln!("{:24} twin {:.2}, real {:.2}", row.name, median.twin, median.real);
    }
}

impl Clone for Row {
    fn clone(&self) -> Row {
        Row { ..*self }
    }
}

/// Nanoseconds for each of `count` operations that `work` does.
fn time(count: u64, work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_nanos() as f64 / count as f64
}
