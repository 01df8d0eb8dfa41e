//! The classic questions on a real machine: what their figures are made of is in logs recorded on Linux 6.18 with glibc 2.36
//! (`memtwin ask NAME --record`), and the twin gives the same, byte for byte.

use std::collections::BTreeSet;
use std::fs;
use std::io::Cursor;
use std::path::PathBuf;

use memtwin::lab::ask::{EXPERIMENTS, Experiment, Trial};
use memtwin::workload::source::Lines;
use memtwin::workload::{Options, Runner};
use memtwin_oracle::first_difference;

use crate::differential::suitable_host;

fn recorded(experiment: &Experiment) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/ask");
    folder.join(format!("{}.log", experiment.name))
}

/// The logs of all trials that a host can run, one after the other.
fn logs(experiment: &Experiment, mut log: impl FnMut(&str) -> String) -> String {
    let of = |trial: &Trial| Some(format!("# {}\n{}", trial.label, log(&trial.evidence()?)));
    experiment.trials.iter().filter_map(of).collect()
}

fn twin(scenario: &str) -> String {
    let mut log = Vec::new();
    let mut lines = Lines::new(Cursor::new(scenario.as_bytes().to_vec())).unwrap();
    Runner::new(Options { syscalls: true, ..Options::default() }).run(&mut lines, &mut log).unwrap();
    String::from_utf8(log).unwrap()
}

#[test]
fn the_twin_answers_what_linux_answered() {
    for experiment in EXPERIMENTS {
        let log = logs(experiment, twin);
        let want = fs::read_to_string(recorded(experiment)).unwrap_or_default();
        let difference = first_difference(&log, &want).map(|difference| difference.to_string());
        assert_eq!(difference, None, "{}", experiment.name);
    }
}

#[test]
fn this_host_answers_what_was_recorded() {
    let options = memtwin_oracle::Options { syscalls: true, ..memtwin_oracle::Options::default() };
    let Some(mut host) = suitable_host("this_host_answers_what_was_recorded", options) else { return };
    for experiment in EXPERIMENTS {
        let log = logs(experiment, |scenario| host.run(scenario).unwrap());
        let want = fs::read_to_string(recorded(experiment)).unwrap_or_default();
        let difference = first_difference(&log, &want).map(|difference| difference.to_string());
        assert_eq!(difference, None, "{} (- now, + recorded)", experiment.name);
    }
}

/// No question that a real machine could answer goes unasked there.
#[test]
fn each_recording_belongs_to_a_question() {
    let asked = |experiment: &&&Experiment| experiment.trials.iter().any(|trial| trial.evidence().is_some());
    let want: BTreeSet<PathBuf> = EXPERIMENTS.iter().filter(asked).map(|e| recorded(e)).collect();
    let folder = recorded(EXPERIMENTS[0]).with_file_name("");
    let found = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(want, found);
}
