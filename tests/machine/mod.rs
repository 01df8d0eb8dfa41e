//! A machine that runs out of memory: watermarks, overcommit, the OOM killer and the growth until it comes, against tables that were
//! measured on Linux; kswapd, direct reclaim and dirty limits.

mod growth;
mod oom;
mod overcommit;
mod short;
mod watermarks;

use memtwin::workload::source::Lines;
use memtwin::workload::{Options, Runner};

/// The rows of a table, without comments.
fn rows(table: &str) -> Vec<Vec<&str>> {
    table.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect()).collect()
}

/// The log of a scenario and the machine at its end, which agrees with itself.
fn run(scenario: &str) -> (String, Runner) {
    let mut lines = Lines::new(std::io::Cursor::new(scenario.to_owned())).expect("text");
    let mut runner = Runner::new(Options::default());
    let mut log = Vec::new();
    runner.run(&mut lines, &mut log).unwrap_or_else(|error| panic!("{error}"));
    runner.twin().expect("a machine").kernel.machine.check().expect("a consistent machine");
    (String::from_utf8(log).expect("text"), runner)
}

/// The outcome of the last line.
fn last(scenario: &str) -> String {
    let (log, _) = run(scenario);
    let line = log.lines().rfind(|line| line.contains(" -> ")).expect("a line");
    line.split_once(" -> ").expect("an outcome").1.to_owned()
}
