//! Every scenario under `tests/scenarios` gives the log that was recorded on real Linux and glibc, byte for byte.
//!
//! `NAME.scn` (or `.scn.gz`) is run twice: plain against `NAME.log` and with system calls against `NAME.sys`, where there are
//! such files. Scenarios in `malloc/` that were written by hand are run on the other compared releases of glibc, too; where their log
//! with system calls is not that of 2.36 it is `NAME.glibc-RELEASE.sys`. After the run, and after each line of a short one, the machine recounts itself; the ledger's causes, owners and
//! calls each add up to its faults.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use memtwin::workload::report::Report;
use memtwin::workload::source::Lines;
use memtwin::workload::{GlibcVersion, MallocSetup, Options, Runner};

/// Scenarios up to this size are checked after each line.
const SMALL_BYTES: u64 = 4 << 10;

/// The case whose log has a failed assertion: in the twin its text is 2.36's in each release.
const HAS_ASSERTION: &str = "47-abort-corruption";

#[test]
fn every_scenario_gives_the_recorded_log() {
    let cases = scenarios(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios"));
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(failure) = run_case(case) {
                        failures.lock().unwrap().push(format!("{}: {failure}", case.display()));
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().unwrap();
    failures.sort();
    assert!(failures.is_empty(), "{} of {} differ:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

/// All scenario files below `dir`, in order.
fn scenarios(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(scenarios(&path));
        } else if stem(&path).is_some() {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The path of a scenario without its ending; `None` for other files.
fn stem(path: &Path) -> Option<&str> {
    let text = path.to_str()?;
    text.strip_suffix(".scn").or_else(|| text.strip_suffix(".scn.gz"))
}

fn run_case(case: &Path) -> Result<(), String> {
    let stem = stem(case).expect("a scenario");
    for (ending, syscalls) in [("log", false), ("sys", true)] {
        if let Some(want) = recorded(&format!("{stem}.{ending}")) {
            let got = log_of(case, Options { syscalls, ..Options::default() })?;
            difference(&want, &got).map_or(Ok(()), |line| Err(format!("{ending}: {line}")))?;
        }
    }
    if case.parent().is_some_and(|dir| dir.ends_with("malloc")) {
        run_on_other_releases(case)
    } else {
        Ok(())
    }
}

fn run_on_other_releases(case: &Path) -> Result<(), String> {
    let stem = stem(case).expect("a scenario");
    if stem.ends_with(HAS_ASSERTION) {
        return Ok(());
    }
    let others = GlibcVersion::all().filter(|glibc| glibc.is_compared() && *glibc != GlibcVersion::default());
    for glibc in others {
        let own = recorded(&format!("{stem}.glibc-{glibc}.sys"));
        let Some(want) = own.or_else(|| recorded(&format!("{stem}.sys"))) else { continue };
        let malloc = MallocSetup { glibc, ..MallocSetup::default() };
        let got = log_of(case, Options { syscalls: true, malloc, ..Options::default() })?;
        difference(&want, &got).map_or(Ok(()), |line| Err(format!("glibc {glibc}: {line}")))?;
    }
    Ok(())
}

/// The text of a recorded log, packed or not.
fn recorded(path: &str) -> Option<String> {
    if let Ok(text) = fs::read_to_string(path) {
        return Some(text);
    }
    let mut text = String::new();
    let file = File::open(format!("{path}.gz")).ok()?;
    flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
    Some(text)
}

fn log_of(case: &Path, options: Options) -> Result<String, String> {
    let file = File::open(case).unwrap();
    let small = file.metadata().unwrap().len() <= SMALL_BYTES && case.extension().is_some_and(|e| e == "scn");
    let mut lines = Lines::new(file).unwrap();
    let mut runner = Runner::new(options);
    let mut log = Vec::new();
    while let Some((number, text)) = lines.next_line().map_err(|error| error.to_string())? {
        runner.line(number, text, &mut log).map_err(|error| error.to_string())?;
        if small {
            check(&runner).map_err(|error| format!("after line {number}: {error}"))?;
        }
    }
    check(&runner)?;
    sums(&Report::of(&runner))?;
    Ok(String::from_utf8(log).unwrap())
}

fn check(runner: &Runner) -> Result<(), String> {
    runner.twin().map_or(Ok(()), |twin| twin.kernel.machine.check()).map_err(|error| error.to_string())
}

/// Each map of the report's faults adds up to all of them.
pub(crate) fn sums(report: &Report) -> Result<(), String> {
    let faults = &report.faults;
    let all = faults.minflt + faults.majflt;
    let maps = [&faults.by_cause, &faults.by_owner, &faults.by_call, &faults.by_mapping];
    for (name, counts) in ["causes", "owners", "calls", "mappings"].into_iter().zip(maps) {
        let sum: u64 = counts.values().sum();
        if sum != all {
            return Err(format!("the {name} add up to {sum}, not {all}"));
        }
    }
    Ok(())
}

/// The first line that differs, with what was wanted.
fn difference(want: &str, got: &str) -> Option<String> {
    if want == got {
        return None;
    }
    let mut got = got.lines();
    let (number, want, got) = want
        .lines()
        .enumerate()
        .map(|(at, want)| (at + 1, want, got.next()))
        .find(|(_, want, got)| Some(*want) != *got)
        .unwrap_or((0, "(end)", got.next()));
    Some(format!("line {number}\n  want {want}\n  got  {}", got.unwrap_or("(nothing)")))
}
