//! `memtwin ask`: the classic questions, answered by running them, on the twin and on the host.

use std::io::{self, Write};

use clap::Args;
use memtwin_lab::ask::{AskError, EXPERIMENTS, Experiment, Trial, ask};
use memtwin_oracle::{Differ, Host, Options};
use memtwin_workload::did_you_mean;

use crate::failure::Failure;
use crate::waiting::Waiting;
use crate::{table, verify};

/// Answers a classic question about memory by an experiment; without a name, lists the questions.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Ask {
    /// The experiment
    name: Option<String>,
    /// The answer as JSON
    #[arg(long, requires = "name")]
    json: bool,
    /// Print the experiment as scenarios, one a trial, instead of running it
    #[arg(long, requires = "name", conflicts_with = "json")]
    scenario: bool,
    /// Run it on this host's kernel and C library, too, and print the first difference
    #[arg(long, requires = "name", conflicts_with_all = ["json", "scenario"])]
    verify: bool,
    /// Print the host's log of it, and run nothing on the twin
    #[arg(long, requires = "name", conflicts_with_all = ["json", "scenario", "verify"])]
    record: bool,
}

const EXAMPLES: &str = "\
Examples:
  memtwin ask
  memtwin ask malloc-one
  memtwin ask --scenario first-frame
  memtwin ask --verify fork-copies     on x86-64 Linux of a modelled version

Exit codes: 0 answered, 1 cannot write, 2 no such experiment or no host to compare with, 3 the host differs.";

impl Ask {
    pub(crate) fn execute(self) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        let Some(name) = &self.name else {
            let rows = EXPERIMENTS.iter().map(|experiment| [experiment.name, experiment.question]);
            return Ok(writeln!(out, "{}", table::plain(rows).trim_fmt())?);
        };
        let unknown = || {
            let hint = did_you_mean(name, EXPERIMENTS.iter().map(|experiment| experiment.name));
            Failure::Usage(format!("no experiment is called `{name}`{hint}; `memtwin ask` lists them"))
        };
        let experiment = Experiment::named(name).ok_or_else(unknown)?;
        if self.scenario {
            let mut scenarios = experiment.trials.iter().filter_map(Trial::scenario);
            return Ok(scenarios.try_for_each(|scenario| writeln!(out, "{scenario}"))?);
        }
        if self.verify {
            return verified(experiment, &mut out);
        }
        if self.record {
            return record(experiment, &mut out);
        }
        let waiting = Waiting::new();
        let answer = ask(experiment).map_err(|error| failure(name, error))?;
        drop(waiting);
        if self.json {
            serde_json::to_writer_pretty(&mut out, &answer).map_err(io::Error::from)?;
            return Ok(writeln!(out)?);
        }
        Ok(write!(out, "{answer}")?)
    }
}

fn failure(name: &str, error: AskError) -> Failure {
    match error {
        AskError::Line(error) => Failure::Scenario { file: format!("experiment {name}"), error },
        AskError::References(error) => Failure::References { file: None, error },
    }
}

fn host() -> Result<Host, Failure> {
    let host = Host::new(Options { syscalls: true, ..Options::default() }).map_err(Failure::Host)?;
    for warning in host.warnings() {
        writeln!(io::stderr(), "memtwin: warning: {warning}")?;
    }
    Ok(host)
}

/// Each trial that a host can run, compared line by line.
fn verified(experiment: &Experiment, out: &mut impl Write) -> Result<(), Failure> {
    let mut host = host()?;
    let release = host.libc_release().map_err(Failure::Host)?;
    let twin = |scenario: &str, pace| verify::twin(scenario, pace, &release, true);
    let mut differ = Differ::new(&mut host, &twin);
    let mut equal = true;
    for trial in experiment.trials {
        let Some(scenario) = trial.evidence() else {
            writeln!(out, "{}: not for this machine; from the twin alone", trial.label)?;
            continue;
        };
        let waiting = Waiting::new();
        let outcome = differ.outcome(&scenario).map_err(Failure::Host)?;
        drop(waiting);
        let (verdict, agrees) = verify::verdict(outcome)?;
        equal &= agrees;
        writeln!(out, "{}: {verdict}", trial.label)?;
    }
    if equal { Ok(()) } else { Err(Failure::Different) }
}

/// The host's log of each trial that a host can run.
fn record(experiment: &Experiment, out: &mut impl Write) -> Result<(), Failure> {
    let mut host = host()?;
    for trial in experiment.trials {
        if let Some(scenario) = trial.evidence() {
            let waiting = Waiting::new();
            let log = host.run(&scenario).map_err(Failure::Host)?;
            drop(waiting);
            write!(out, "# {}\n{log}", trial.label)?;
        }
    }
    Ok(())
}
