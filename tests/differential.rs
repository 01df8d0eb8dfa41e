//! Random scenarios give on the twin what they give on the host's own kernel and glibc, where the host is a modelled one.
//!
//! A few seeds of each profile; `memtwin verify --random N` runs as many as one likes. On other hosts the test says that it was
//! skipped, and why.

use std::ffi::OsStr;
use std::fmt::Write;
use std::fs;
use std::io::Cursor;
use std::path::Path;

use memtwin::workload::source::Lines;
use memtwin::workload::{Options, Runner};
use memtwin_oracle::generate::{Profile, Side, generate};
use memtwin_oracle::{Differ, Host, HostError, Outcome, REFUSED, first_difference};

#[test]
fn random_scenarios_give_on_the_twin_what_they_give_on_the_host() {
    let Some(mut host) = suitable_host(
        "random_scenarios_give_on_the_twin_what_they_give_on_the_host",
        memtwin_oracle::Options::default(),
    ) else {
        return;
    };
    let mut differ = Differ::new(&mut host, &twin);
    let mut found = String::new();
    for &profile in Profile::ALL {
        let seeds = if profile.side() == Side::Kernel { 2..5 } else { 2..3 };
        for seed in seeds {
            compare(&mut differ, seed, profile, &mut found);
        }
    }
    assert!(found.is_empty(), "{found}");
}

/// The oracle itself is right: it gives the logs that were recorded by another program.
#[test]
fn the_host_gives_the_recorded_logs() {
    let options = memtwin_oracle::Options::default();
    let Some(mut host) = suitable_host("the_host_gives_the_recorded_logs", options) else { return };
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    for entry in ["kernel", "malloc"].into_iter().flat_map(|side| fs::read_dir(scenarios.join(side)).unwrap())
    {
        let path = entry.unwrap().path();
        let (Some("scn"), Ok(recorded)) =
            (path.extension().and_then(OsStr::to_str), fs::read_to_string(path.with_extension("log")))
        else {
            continue;
        };
        let log = host.run(&fs::read_to_string(&path).unwrap()).unwrap();
        let difference = first_difference(&recorded, &log).map(|difference| difference.to_string());
        assert_eq!(difference, None, "{}", path.display());
    }
}

/// The host, if logs of it can be compared; else says that the test `name` is skipped.
pub(crate) fn suitable_host(name: &str, options: memtwin_oracle::Options) -> Option<Host> {
    let why = match Host::new(options) {
        Ok(host) if host.warnings().is_empty() => return Some(host),
        Ok(host) => host.warnings().join("; "),
        Err(HostError::Unsuitable(why)) => why,
        Err(error) => panic!("{error}"),
    };
    eprintln!("skipped: {name}: {why}");
    None
}

fn compare(differ: &mut Differ<'_>, seed: u64, profile: Profile, found: &mut String) {
    let scenario = generate(seed, profile);
    match differ.outcome(&scenario) {
        Ok(Outcome::Equal) => {}
        Ok(Outcome::EqualToSome(difference) | Outcome::EqualAtPace(_, difference)) => {
            eprintln!(
                "{profile} {seed}: a matter of when the host's clock ticks, or of others there:\n{difference}"
            );
        }
        Ok(Outcome::Skipped(error)) => eprintln!("skipped: {profile} {seed}: {error}"),
        Ok(Outcome::Different(difference)) => {
            let shortest =
                differ.shrink(&scenario).map_or_else(|error| error.to_string(), |(short, _)| short);
            writeln!(found, "{profile} {seed}:\n{difference}\nshortest:\n{shortest}").unwrap();
        }
        Err(error) => writeln!(found, "{profile} {seed}: {error}").unwrap(),
    }
}

fn twin(scenario: &str, calls_per_tick: Option<u64>) -> String {
    let mut log = Vec::new();
    let mut lines = Lines::new(Cursor::new(scenario.as_bytes().to_vec())).unwrap();
    let mut options = Options::default();
    options.config.calls_per_tick = calls_per_tick.unwrap_or(options.config.calls_per_tick);
    let result = Runner::new(options).run(&mut lines, &mut log);
    let mut log = String::from_utf8(log).unwrap();
    if let Err(error) = result {
        writeln!(log, "{REFUSED}{error}").unwrap();
    }
    log
}
