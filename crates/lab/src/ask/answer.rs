//! Running an experiment.

use std::fmt;
use std::io;

use memtwin_workload::{Options, RunError};
use serde::Serialize;

use super::{Experiment, Trial};
use crate::Session;

/// What came out of an experiment. `Display` is for people.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// The question.
    pub question: &'static str,
    /// The heads of the columns.
    pub heads: Vec<&'static str>,
    /// A row a trial: its label, its figures.
    pub rows: Vec<Row>,
    /// What the figures show.
    pub shows: &'static str,
}

/// A trial's figures.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What was tried.
    pub label: &'static str,
    /// The lines that were measured.
    pub ran: Vec<&'static str>,
    /// How much each measure grew.
    pub figures: Vec<i64>,
    /// The same for people.
    pub shown: Vec<String>,
    /// What the last line came to.
    pub last: String,
}

/// Runs an experiment.
///
/// # Errors
/// A line that is refused: the experiment is wrong.
pub fn ask(experiment: &Experiment) -> Result<Answer, RunError> {
    let rows = experiment.trials.iter().map(|trial| row(experiment, trial)).collect::<Result<_, _>>()?;
    let heads = experiment.measures.iter().map(|measure| measure.name()).collect();
    Ok(Answer { question: experiment.question, heads, rows, shows: experiment.shows })
}

fn row(experiment: &Experiment, trial: &Trial) -> Result<Row, RunError> {
    let mut session = Session::new(Options::default());
    // A line that changes nothing starts the machine, so that there is something to count.
    run(&mut session, if trial.setup.starts_with("machine(") { "" } else { "rusage()\n" })?;
    run(&mut session, trial.setup)?;
    let values = |session: &Session| -> Vec<i64> {
        let value = |measure: &super::Measure| session.twin().map_or(0, |twin| measure.value(twin));
        experiment.measures.iter().map(value).collect()
    };
    let before = values(&session);
    let log = run(&mut session, trial.lines)?;
    let figures: Vec<i64> = values(&session).iter().zip(before).map(|(now, then)| now - then).collect();
    let shown =
        experiment.measures.iter().zip(&figures).map(|(measure, growth)| measure.shown(*growth)).collect();
    let last = log.lines().last().and_then(|line| line.split(" -> ").nth(1)).unwrap_or_default().to_owned();
    Ok(Row { label: trial.label, ran: trial.lines.lines().collect(), figures, shown, last })
}

fn run(session: &mut Session, lines: &str) -> Result<String, RunError> {
    let mut log = Vec::new();
    for text in lines.lines() {
        session.line(session.lines() + 1, text, &mut log)?;
    }
    String::from_utf8(log).map_err(|error| RunError::Log(io::Error::other(error)))
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.question)?;
        let labels = self.rows.iter().map(|row| row.label.chars().count()).max().unwrap_or_default();
        write!(f, "  {:labels$}", "")?;
        self.heads.iter().try_for_each(|head| write!(f, "  {head:>12}"))?;
        writeln!(f)?;
        for row in &self.rows {
            write!(f, "  {:labels$}", row.label)?;
            row.shown.iter().try_for_each(|figure| write!(f, "  {figure:>12}"))?;
            writeln!(f)?;
        }
        writeln!(f, "\n{}", self.shows)
    }
}
