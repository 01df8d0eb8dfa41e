//! The command `memtwin`: arguments, printing and exit codes; all else is memtwin-workload's.

mod ask;
mod calibrate;
mod compare;
mod completions;
mod cost;
mod failure;
mod input;
mod policies;
mod report;
mod run;
mod sample;
mod session;
mod show;
mod support;
mod table;
mod verify;
mod waiting;
mod when;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::Failure;

/// A twin of Linux memory: runs a program's memory calls and explains each page fault.
#[derive(Parser)]
#[command(name = "memtwin", version, after_help = EXIT_CODES, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Run(run::Run),
    Show(show::Show),
    Diff(show::Diff),
    When(when::When),
    Sample(sample::Sample),
    Ask(ask::Ask),
    Report(report::Report),
    Policies(policies::Policies),
    Compare(compare::Compare),
    Support(support::Support),
    Verify(verify::Verify),
    Calibrate(calibrate::Calibrate),
    Completions(completions::Completions),
}

const EXIT_CODES: &str = "\
Start with:
  memtwin report tests/scenarios/real/82-real-sqlite.scn.gz   where its page faults come from
  echo 'p = malloc(100)' | memtwin show -                     what memory looks like after a call
  memtwin ask                                                 the classic questions, answered by running them
  memtwin COMMAND --help                                      examples of each command

Exit codes:
  0  all lines ran (signals and failed calls are outcomes, not errors)
  1  the output could not be written
  2  bad usage, an unreadable file, or a line that was refused
  3  verify found a difference, or when no call";

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Run(run) => run.execute(),
        Command::Show(show) => show.execute(),
        Command::Diff(diff) => diff.execute(),
        Command::When(when) => when.execute(),
        Command::Sample(sample) => sample.execute(),
        Command::Ask(ask) => ask.execute(),
        Command::Report(report) => report.execute(),
        Command::Policies(policies) => policies.execute(),
        Command::Compare(compare) => compare.execute(),
        Command::Support(support) => support.execute(),
        Command::Verify(verify) => verify.execute(),
        Command::Calibrate(calibrate) => calibrate.execute(),
        Command::Completions(completions) => completions.execute(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.exit(),
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::Output(error)
    }
}
