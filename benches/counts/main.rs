//! How many instructions an operation takes: `cargo bench --bench counts [-- WORD…]`, which needs valgrind.
//!
//! Each path runs in a process of its own under callgrind, once to warm up and once counted, and prints
//! `NAME instructions limit`; it exits with 1 if one is over its limit. Unlike times these figures are the same on an idle and on a
//! loaded machine, so they show what a change costs; they say nothing of cache misses, which `ratios` shows. Words choose
//! the paths whose names contain one. A profile by function and line:
//!
//!     valgrind --tool=callgrind --toggle-collect='*counted_part*' target/release/deps/counts-… --path first-write
//!     callgrind_annotate callgrind.out.…

mod paths;

use std::process::{Command, ExitCode};

/// One operation, done many times.
pub(crate) struct Path {
    name: &'static str,
    /// Instructions an operation may take: a tenth more than when it was last set.
    limit: f64,
    /// How often `run` does it in its counted part.
    times: u64,
    run: fn(&mut Meter),
}

/// Runs the part that counts.
pub(crate) struct Meter {
    counts: bool,
}

impl Meter {
    /// The part of a path that counts.
    pub(crate) fn part(&self, mut work: impl FnMut()) {
        if self.counts { counted_part(&mut work) } else { work() }
    }
}

/// What callgrind knows the counted part by.
#[inline(never)]
fn counted_part(work: &mut dyn FnMut()) {
    work();
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if let [flag, name] = arguments.as_slice()
        && flag == "--path"
    {
        paths::ALL.iter().filter(|path| path.name == name).for_each(run);
        return ExitCode::SUCCESS;
    }
    let chosen = |path: &&Path| arguments.is_empty() || arguments.iter().any(|word| path.name.contains(word));
    match paths::ALL.iter().filter(chosen).filter(|path| !holds(path)).count() {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// Runs a path once to warm up and once counted, on the same machine.
fn run(path: &Path) {
    (path.run)(&mut Meter { counts: true });
}

/// Counts a path in a process of its own, prints it, and says whether it is within its limit.
fn holds(path: &Path) -> bool {
    let Some(instructions) = count(path.name) else {
        println!("{:24} not counted: valgrind is missing or failed", path.name);
        return true;
    };
    let each = instructions as f64 / path.times as f64;
    println!("{:24} {each:9.1} {:9.1}", path.name, path.limit);
    each <= path.limit
}

fn count(name: &str) -> Option<u64> {
    let this = std::env::current_exe().ok()?;
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*counted_part*"]);
    let output = valgrind.arg(this).args(["--path", name]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = text.lines().find(|line| line.contains("Collected :"))?;
    line.rsplit(' ').next()?.parse().ok()
}
