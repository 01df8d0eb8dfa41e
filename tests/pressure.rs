//! Memory pressure: the counters of measured experiments under `tests/scenarios/pressure`, within what five runs on Linux gave.
//!
//! Real runs differ a little from each other, so a counter is compared with the range of the runs, widened by a few per cent.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use memtwin::workload::source::Lines;
use memtwin::workload::{Options, Runner};

/// What was measured of one counter.
#[derive(Debug)]
struct Measured {
    counter: String,
    low: f64,
    high: f64,
    percent: f64,
}

#[test]
fn counters_are_within_what_was_measured() {
    let cases = measured();
    let failures: Vec<String> = std::thread::scope(|scope| {
        let (first, second): (Vec<_>, Vec<_>) = cases.iter().enumerate().partition(|(at, _)| at % 2 == 0);
        let half = |cases: Vec<(usize, (&String, &Vec<Measured>))>| {
            cases.into_iter().flat_map(|(_, (name, all))| failures(name, all)).collect::<Vec<_>>()
        };
        let other = scope.spawn(move || half(second));
        let mut all = half(first);
        all.extend(other.join().expect("no panic"));
        all
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/pressure")
}

fn measured() -> BTreeMap<String, Vec<Measured>> {
    let text = std::fs::read_to_string(folder().join("measured.tsv")).expect("the table");
    let mut cases = BTreeMap::<String, Vec<Measured>>::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let [name, counter, low, high, percent] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("five columns: {line}");
        };
        let [low, high, percent] = [low, high, percent].map(|word| word.parse().expect("a number"));
        cases.entry(name.to_owned()).or_default().push(Measured {
            counter: counter.to_owned(),
            low,
            high,
            percent,
        });
    }
    cases
}

fn failures(name: &str, all: &[Measured]) -> Vec<String> {
    let got = counters(&folder().join(format!("{name}.scn")));
    all.iter()
        .filter_map(|measured| {
            let value = *got.get(&measured.counter).unwrap_or(&0) as f64;
            let slack = ((measured.low + measured.high) / 2.0 * measured.percent / 100.0).max(40.0);
            let within = (measured.low - slack..=measured.high + slack).contains(&value);
            (!within).then(|| format!("{name}: {value} where {measured:?}"))
        })
        .collect()
}

/// Faults of the references (what the last rusage lines say beyond the first), and the counters of vmstat.
fn counters(scenario: &Path) -> BTreeMap<String, i64> {
    let log = run(scenario);
    let mut counters = BTreeMap::new();
    let mut rusage = 0;
    for line in log.lines() {
        let Some((call, result)) = line.split_once(" -> ") else { continue };
        let sign = match call {
            call if call.ends_with("rusage()") => {
                rusage += 1;
                if rusage == 1 { -1 } else { 1 }
            }
            "vmstat()" => 1,
            _ => continue,
        };
        for (name, value) in result.split(' ').filter_map(|field| field.split_once('=')) {
            *counters.entry(name.to_owned()).or_default() += sign * value.parse::<i64>().expect("a count");
        }
    }
    counters
}

fn run(scenario: &Path) -> String {
    let mut lines = Lines::new(std::fs::File::open(scenario).expect("the scenario")).expect("readable");
    let mut runner = Runner::new(Options::default());
    let mut log = Vec::new();
    runner.run(&mut lines, &mut log).expect("a good scenario");
    runner.twin().expect("a machine").kernel.machine.check().expect("a consistent machine");
    String::from_utf8(log).expect("text")
}
