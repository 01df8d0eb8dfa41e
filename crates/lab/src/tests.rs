//! The rooms of the laboratory together: snapshots, differences, searches, samples.

mod answers;
mod budgets;
mod differences;
mod samples;
mod searches;
mod snapshots;

use std::io::Cursor;

use memtwin_workload::Options;
use memtwin_workload::source::Lines;

use crate::Session;

fn lines(scenario: &str) -> Lines {
    Lines::new(Cursor::new(scenario.as_bytes().to_vec())).expect("text")
}

fn ran(scenario: &str) -> Session {
    let mut session = Session::new(Options::default());
    session.run(&mut lines(scenario), None, &mut Vec::new()).expect("a scenario");
    session
}
