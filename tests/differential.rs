//! Random scenarios give on the twin what they give on the host's own kernel and glibc, where the host is a modelled one.
//!
//! A few seeds of each profile; `memtwin verify --random N` runs as many as one likes. On other hosts the test says that it was
//! skipped, and why.

use std::fmt::Write;
use std::io::Cursor;

use memtwin::workload::source::Lines;
use memtwin::workload::{Options, Runner};
use memtwin_oracle::generate::{Profile, Side, generate};
use memtwin_oracle::{Differ, Host, HostError, Outcome, REFUSED};

#[test]
fn random_scenarios_give_on_the_twin_what_they_give_on_the_host() {
    let mut host = match Host::new(memtwin_oracle::Options::default()) {
        Ok(host) => host,
        Err(HostError::Unsuitable(why)) => return skip(&why),
        Err(error) => panic!("{error}"),
    };
    if !host.warnings().is_empty() {
        return skip(&host.warnings().join("; "));
    }
    let mut differ = Differ::new(&mut host, &twin);
    let mut found = String::new();
    for &profile in Profile::ALL {
        let seeds = if profile.side() == Side::Kernel { 0..3 } else { 0..1 };
        for seed in seeds {
            compare(&mut differ, seed, profile, &mut found);
        }
    }
    assert!(found.is_empty(), "{found}");
}

fn skip(why: &str) {
    eprintln!("skipped: random_scenarios_give_on_the_twin_what_they_give_on_the_host: {why}");
}

fn compare(differ: &mut Differ<'_>, seed: u64, profile: Profile, found: &mut String) {
    let scenario = generate(seed, profile);
    match differ.outcome(&scenario) {
        Ok(Outcome::Equal) => {}
        Ok(Outcome::Skipped(error)) => eprintln!("skipped: {profile} {seed}: {error}"),
        Ok(Outcome::Different(difference)) => {
            let shortest =
                differ.shrink(&scenario).map_or_else(|error| error.to_string(), |(short, _)| short);
            writeln!(found, "{profile} {seed}:\n{difference}\nshortest:\n{shortest}").unwrap();
        }
        Err(error) => writeln!(found, "{profile} {seed}: {error}").unwrap(),
    }
}

fn twin(scenario: &str) -> String {
    let mut log = Vec::new();
    let mut lines = Lines::new(Cursor::new(scenario.as_bytes().to_vec())).unwrap();
    let result = Runner::new(Options::default()).run(&mut lines, &mut log);
    let mut log = String::from_utf8(log).unwrap();
    if let Err(error) = result {
        writeln!(log, "{REFUSED}{error}").unwrap();
    }
    log
}
