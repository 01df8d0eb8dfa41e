//! `memtwin ask`: the classic questions, answered by running them.

use std::io::{self, Write};

use clap::Args;
use memtwin_lab::ask::{EXPERIMENTS, Experiment, ask};

use crate::failure::Failure;
use crate::table;

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
}

const EXAMPLES: &str = "\
Examples:
  memtwin ask
  memtwin ask malloc-one
  memtwin ask --scenario first-frame

Exit codes: 0 answered, 1 cannot write, 2 no such experiment.";

impl Ask {
    pub(crate) fn execute(self) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        let Some(name) = &self.name else {
            let rows = EXPERIMENTS.iter().map(|experiment| [experiment.name, experiment.question]);
            return Ok(writeln!(out, "{}", table::plain(rows).trim_fmt())?);
        };
        let unknown =
            || Failure::Usage(format!("no experiment is called `{name}`; `memtwin ask` lists them"));
        let experiment = Experiment::named(name).ok_or_else(unknown)?;
        if self.scenario {
            return Ok(experiment
                .trials
                .iter()
                .try_for_each(|trial| writeln!(out, "{}", trial.scenario()))?);
        }
        let answer = ask(experiment)
            .map_err(|error| Failure::Scenario { file: format!("experiment {name}"), error })?;
        if self.json {
            serde_json::to_writer_pretty(&mut out, &answer).map_err(io::Error::from)?;
            return Ok(writeln!(out)?);
        }
        Ok(write!(out, "{answer}")?)
    }
}
