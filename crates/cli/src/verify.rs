//! `memtwin verify`: the twin's log against the host's own kernel and C library.

use std::fmt::{self, Write as _};
use std::fs;
use std::io::{self, Cursor, Write as _};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};

use clap::Args;
use memtwin_oracle::generate::{Profile, UnknownProfile, generate, like};
use memtwin_oracle::{Differ, Host, Outcome, REFUSED};
use memtwin_workload::source::Lines;
use memtwin_workload::{GlibcVersion, MallocSetup, Options, RunError, Runner, UnmodelledVersion};

use crate::failure::Failure;
use crate::input;
use crate::waiting::Waiting;

/// Runs a scenario on the host, too, and prints the first difference to the twin.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Verify {
    /// The scenario: .scn, .scn.gz, or - for standard input
    #[arg(required_unless_present = "random", conflicts_with = "random")]
    file: Option<String>,
    /// Compare this many random scenarios instead
    #[arg(long, value_name = "N")]
    random: Option<u64>,
    /// The seed of the first random scenario; the others follow
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// What random scenarios are about: a profile, or all of `kernel` or `malloc`
    #[arg(long, value_name = "P", default_value = "kernel", value_parser = profiles)]
    profile: Profiles,
    /// Compare random siblings of these scenarios instead: lines left out, repeated, moved and changed
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "random", conflicts_with = "profile")]
    like: Vec<String>,
    /// Compare the system calls of the C library, too
    #[arg(long)]
    syscalls: bool,
    /// Compare with the glibc in this directory (its ld-linux-x86-64.so.2 and libc.so.6), not the system's
    #[arg(long, value_name = "DIR")]
    libc: Option<PathBuf>,
    /// Print the host's log of the scenario, and compare nothing
    #[arg(long, conflicts_with = "random")]
    record: bool,
    /// Where to keep each scenario that differs, made as short as possible, with the host's log
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  memtwin verify tests/scenarios/kernel/15-fork-cow.scn
  memtwin verify --random 1000 --seed 7 --profile huge

  memtwin verify --random 100 --profile malloc --libc /tmp/glibc-2.41
  memtwin verify --random 500 --like tests/scenarios/kernel/*.scn

The host must be x86-64 Linux of a modelled version; regular files are made in $MEMTWIN_ORACLE_DIR, else in
/var/tmp/kscn-fs if that is a mount, else in the directory for temporary files.

Exit codes: 0 no difference, 2 the host or a file was refused, 3 a difference.";

/// The profiles that random scenarios go through in turn.
type Profiles = std::sync::Arc<[Profile]>;

fn profiles(name: &str) -> Result<Profiles, UnknownProfile> {
    use memtwin_oracle::generate::Side;
    let of = |side| Profile::ALL.iter().copied().filter(|profile| profile.side() == side).collect();
    match name {
        "kernel" => Ok(of(Side::Kernel)),
        "malloc" => Ok(of(Side::Malloc)),
        name => name.parse().map(|profile| Profiles::from([profile])),
    }
}

/// What is said of a scenario whose outcome is [`Outcome::EqualToSome`].
const SOME_RUNS: &str =
    "the host's runs differ among themselves; the twin agrees with one, and differs so from another:";

/// The same where it is [`Outcome::EqualAtPace`].
fn other_pace(calls: u64) -> String {
    let pace = match calls {
        0 => "the clock ticking at each call".to_owned(),
        u64::MAX => "a clock that does not tick".to_owned(),
        calls => format!("{calls} calls in a tick of the clock"),
    };
    format!("the twin agrees with a run of the host with {pace};")
}

/// How many random scenarios came out how.
#[derive(Default)]
struct Tally {
    equal: u64,
    equal_to_some: u64,
    different: u64,
    skipped: u64,
}

impl Tally {
    fn add(&mut self, outcome: &Outcome) {
        *match outcome {
            Outcome::Equal => &mut self.equal,
            Outcome::EqualToSome(_) | Outcome::EqualAtPace(..) => &mut self.equal_to_some,
            Outcome::Different(_) => &mut self.different,
            Outcome::Skipped(_) => &mut self.skipped,
        } += 1;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { equal, equal_to_some, different, skipped } = self;
        write!(
            f,
            "{equal} equal, {equal_to_some} equal to some of the host's runs, {different} different, {skipped} skipped"
        )
    }
}

impl Verify {
    pub(crate) fn execute(self) -> Result<(), Failure> {
        let syscalls = self.syscalls;
        let libc = self.libc.clone();
        let options = memtwin_oracle::Options { syscalls, libc, ..memtwin_oracle::Options::default() };
        let mut host = Host::new(options).map_err(Failure::Host)?;
        let release = host.libc_release().map_err(Failure::Host)?;
        for warning in host.warnings() {
            writeln!(io::stderr(), "memtwin: warning: {warning}")?;
        }
        if let (Some(file), true) = (&self.file, self.record) {
            let log = host.run(&read(file)?).map_err(Failure::Host)?;
            return Ok(io::stdout().write_all(log.as_bytes())?);
        }
        let profiles = self.comparable_profiles(&mut host)?;
        let twin = |scenario: &str, pace| twin(scenario, pace, &release, syscalls);
        let mut differ = Differ::new(&mut host, &twin);
        match &self.file {
            Some(file) => verify_file(&mut differ, file),
            None => self.verify_random(&profiles, &mut differ),
        }
    }

    /// The profiles without that of huge pages, if it is one of several and the host's processor shows in it.
    fn comparable_profiles(&self, host: &mut Host) -> Result<Vec<Profile>, Failure> {
        let mut profiles = self.profile.to_vec();
        let has_huge = profiles.len() > 1 && profiles.contains(&Profile::Huge);
        if self.random.is_some()
            && self.like.is_empty()
            && has_huge
            && host.faults_ahead().map_err(Failure::Host)?
        {
            profiles.retain(|profile| *profile != Profile::Huge);
            writeln!(
                io::stderr(),
                "memtwin: warning: this processor faults again on parts of a huge page that it looked up ahead; the profile \
                 `huge` is left out"
            )?;
        }
        Ok(profiles)
    }

    fn verify_random(&self, profiles: &[Profile], differ: &mut Differ<'_>) -> Result<(), Failure> {
        let mut tally = Tally::default();
        let models = self.models()?;
        for at in 0..self.random.unwrap_or(0) {
            let seed = self.seed + at;
            let (kind, scenario) = match models.get(at as usize % models.len().max(1)) {
                Some((name, model)) => (name.clone(), like(seed, model)),
                None => {
                    let profile = profiles[at as usize % profiles.len()];
                    (profile.to_string(), generate(seed, profile))
                }
            };
            let waiting = Waiting::new();
            let outcome = differ.outcome(&scenario).map_err(Failure::Host)?;
            drop(waiting);
            tally.add(&outcome);
            match outcome {
                Outcome::Equal => {}
                Outcome::Different(difference) => {
                    writeln!(io::stdout(), "{kind} {seed}:\n{difference}")?;
                    self.keep(differ, &format!("{kind}-{seed}"), &scenario)?;
                }
                Outcome::Skipped(error) => writeln!(io::stdout(), "{kind} {seed}: skipped: {error}")?,
                other => writeln!(io::stdout(), "{kind} {seed}: {}", verdict(other)?.0)?,
            }
        }
        writeln!(io::stdout(), "{tally}")?;
        if tally.different == 0 { Ok(()) } else { Err(Failure::Different) }
    }

    /// The scenarios whose siblings are wanted, by name.
    fn models(&self) -> Result<Vec<(String, String)>, Failure> {
        let name = |file: &str| Path::new(file).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        self.like.iter().map(|file| Ok((name(file).unwrap_or_default(), read(file)?))).collect()
    }

    /// Shortens a scenario that differs; keeps or shows it.
    fn keep(&self, differ: &mut Differ<'_>, name: &str, scenario: &str) -> Result<(), Failure> {
        let waiting = Waiting::new();
        let (short, log) = differ.shrink(scenario).map_err(Failure::Host)?;
        drop(waiting);
        match &self.save {
            Some(directory) => save(directory, name, &short, &log)?,
            None => writeln!(io::stdout(), "shortest:\n{}", indented(&short))?,
        }
        Ok(())
    }
}

fn verify_file(differ: &mut Differ<'_>, file: &str) -> Result<(), Failure> {
    let scenario = read(file)?;
    let waiting = Waiting::new();
    let outcome = differ.outcome(&scenario).map_err(Failure::Host)?;
    drop(waiting);
    let (verdict, agrees) = verdict(outcome)?;
    writeln!(io::stdout(), "{file}: {verdict}")?;
    if agrees { Ok(()) } else { Err(Failure::Different) }
}

/// What is said of a scenario, and whether the twin agrees with the host, in one of its runs at least.
pub(crate) fn verdict(outcome: Outcome) -> Result<(String, bool), Failure> {
    match outcome {
        Outcome::Equal => Ok(("no difference".to_owned(), true)),
        Outcome::EqualToSome(difference) => Ok((format!("{SOME_RUNS}\n{difference}"), true)),
        Outcome::EqualAtPace(calls, difference) => {
            Ok((format!("{} by itself it differs so:\n{difference}", other_pace(calls)), true))
        }
        Outcome::Different(difference) => {
            Ok((format!("the twin (-) and the host (+) differ:\n{difference}"), false))
        }
        Outcome::Skipped(error) => Err(Failure::Host(error)),
    }
}

fn read(file: &str) -> Result<String, Failure> {
    let mut lines = input::open(file)?;
    let mut scenario = String::new();
    while let Some((_, text)) = lines.next_line().map_err(|error| Failure::source(file, error))? {
        let _ = writeln!(scenario, "{text}");
    }
    Ok(scenario)
}

/// The twin's log, with so many calls in a tick of its clock, if that is given; a line that it refuses, or that it breaks on, ends it with
/// the reason.
pub(crate) fn twin(scenario: &str, calls_per_tick: Option<u64>, release: &str, syscalls: bool) -> String {
    let mut log = Vec::new();
    let malloc = match malloc_of(scenario, release) {
        Ok(malloc) => malloc,
        Err(error) => return format!("{REFUSED}{error}\n"),
    };
    let mut options = Options { syscalls, malloc, ..Options::default() };
    options.config.calls_per_tick = calls_per_tick.unwrap_or(options.config.calls_per_tick);
    let result = panic::catch_unwind(AssertUnwindSafe(|| run(scenario, options, &mut log)));
    let mut log = String::from_utf8_lossy(&log).into_owned();
    match result {
        Ok(Ok(())) => {}
        Ok(Err(error)) => log.push_str(&format!("{REFUSED}{error}\n")),
        Err(_) => log.push_str("panicked\n"),
    }
    log
}

/// glibc's malloc in the host's release; one that is not modelled is no matter if the scenario does not call it.
fn malloc_of(scenario: &str, release: &str) -> Result<MallocSetup, UnmodelledVersion> {
    let version = release.parse::<GlibcVersion>().and_then(GlibcVersion::modelled);
    match version {
        Err(error) if memtwin_oracle::needs_libc(scenario) => Err(error),
        version => Ok(MallocSetup { glibc: version.unwrap_or_default(), ..MallocSetup::default() }),
    }
}

fn run(scenario: &str, options: Options, log: &mut Vec<u8>) -> Result<(), RunError> {
    let mut lines = Lines::new(Cursor::new(scenario.as_bytes().to_vec()))?;
    Runner::new(options).run(&mut lines, log)
}

fn save(directory: &Path, name: &str, scenario: &str, log: &str) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    fs::write(directory.join(format!("{name}.scn")), scenario)?;
    fs::write(directory.join(format!("{name}.log")), log)
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}
