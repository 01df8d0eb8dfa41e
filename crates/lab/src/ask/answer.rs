//! Running an experiment.

use std::fmt;

use memtwin_mmu::policy::PolicyKind;
use memtwin_workload::policies::StringError;
use memtwin_workload::{Options, RunError};
use serde::Serialize;

use super::references::{self, Misses};
use super::{Experiment, Figure, Measure, Run, Trial};
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
    /// Who says so: the twin alone, or a real machine as well.
    pub source: String,
}

/// A trial's figures.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What was tried.
    pub label: &'static str,
    /// The lines before.
    pub setup: Vec<&'static str>,
    /// The lines that were measured.
    pub ran: Vec<&'static str>,
    /// What each measure found: for most, how much it grew.
    pub figures: Vec<Figure>,
    /// The same for people.
    pub shown: Vec<String>,
    /// Whether a real machine gives the same.
    pub on_linux: bool,
}

/// Why an experiment cannot be run: it is wrong.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// A line that is refused.
    #[error(transparent)]
    Line(#[from] RunError),
    /// A string of references that is none.
    #[error(transparent)]
    References(#[from] StringError),
}

/// Runs an experiment.
///
/// # Errors
/// A line, or a string of references, that is refused: the experiment is wrong.
pub fn ask(experiment: &Experiment) -> Result<Answer, AskError> {
    let rows: Vec<Row> =
        experiment.trials.iter().map(|trial| row(experiment, trial)).collect::<Result<_, _>>()?;
    let heads = experiment.measures.iter().map(|measure| measure.name()).collect();
    let source = source(experiment, &rows);
    Ok(Answer { question: experiment.question, heads, rows, shows: experiment.shows, source })
}

fn row(experiment: &Experiment, trial: &Trial) -> Result<Row, AskError> {
    let (setup, lines, figures) = match trial.run {
        Run::Scenario { setup, lines } => (setup, lines, scenario(experiment.measures, setup, lines)?),
        Run::References { policy, frames, string, hot } => {
            (&[][..], string, of_references(experiment.measures, policy, frames, string, hot)?)
        }
    };
    let shown =
        experiment.measures.iter().zip(&figures).map(|(measure, figure)| figure.shown(measure.unit()));
    let shown = shown.collect();
    let all_lines = |pieces: &[&'static str]| pieces.iter().flat_map(|piece| piece.lines()).collect();
    let on_linux = trial.evidence().is_some();
    Ok(Row { label: trial.label, setup: all_lines(setup), ran: all_lines(lines), figures, shown, on_linux })
}

fn scenario(measures: &[Measure], setup: &[&str], lines: &[&str]) -> Result<Vec<Figure>, RunError> {
    let mut session = Session::new(Options::default());
    let setup = setup.concat();
    // A line that changes nothing starts the machine, so that there is something to count.
    session.play(if setup.starts_with("machine(") { "" } else { "rusage()\n" })?;
    session.play(&setup)?;
    let values = |session: &Session| -> Vec<Option<i64>> {
        let value = |measure: &Measure| session.twin().and_then(|twin| measure.of_state(twin));
        measures.iter().map(value).collect()
    };
    let before = values(&session);
    let log = session.play(&lines.concat())?;
    let growth = |(measure, (now, then)): (&Measure, (Option<i64>, Option<i64>))| match (now, then) {
        (Some(now), _) if measure.is_whole() => Figure::Number(now),
        (Some(now), Some(then)) => Figure::Number(now - then),
        _ => measure.of_log(&log),
    };
    Ok(measures.iter().zip(values(&session).into_iter().zip(before)).map(growth).collect())
}

fn of_references(
    measures: &[Measure],
    policy: PolicyKind,
    frames: usize,
    string: &[&str],
    hot: u32,
) -> Result<Vec<Figure>, StringError> {
    let Misses { all, hot } = references::run(policy, frames, string, hot)?;
    let figure = |measure: &Measure| match measure {
        Measure::Misses => Figure::Number(all as i64),
        Measure::HotMisses => Figure::Number(hot as i64),
        _ => Figure::NONE,
    };
    Ok(measures.iter().map(figure).collect())
}

/// Who says so.
fn source(experiment: &Experiment, rows: &[Row]) -> String {
    let own: Vec<&str> =
        experiment.measures.iter().filter(|measure| measure.is_twins_own()).map(|m| m.name()).collect();
    let own = match own[..] {
        [] => String::new(),
        _ => format!("; no log shows {}, which the twin counts", own.join(" and ")),
    };
    let name = experiment.name;
    let linux = format!("Linux 6.18 with glibc 2.36 gives the same log (memtwin ask {name} --verify)");
    if experiment.trials.iter().all(|trial| matches!(trial.run, Run::References { .. })) {
        return "Counted over the string itself, without a machine.".to_owned();
    }
    match rows.iter().filter(|row| row.on_linux).count() {
        0 => "By the twin alone: a real machine like this one was not at hand.".to_owned(),
        count if count == rows.len() => format!("{linux}{own}."),
        _ => format!("{linux}{own}. Rows with * are by the twin alone."),
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.question)?;
        let mixed = self.rows.iter().any(|row| row.on_linux);
        let label = |row: &Row| format!("{}{}", row.label, if mixed && !row.on_linux { " *" } else { "" });
        let labels = self.rows.iter().map(|row| label(row).chars().count()).max().unwrap_or_default();
        write!(f, "  {:labels$}", "")?;
        self.columns().try_for_each(|(head, width)| write!(f, "  {head:>width$}"))?;
        writeln!(f)?;
        for row in &self.rows {
            write!(f, "  {:labels$}", label(row))?;
            let mut cells = row.shown.iter().zip(self.columns());
            cells.try_for_each(|(figure, (_, width))| write!(f, "  {figure:>width$}"))?;
            writeln!(f)?;
        }
        writeln!(f)?;
        [self.shows, &self.source].into_iter().try_for_each(|text| wrapped(f, text))
    }
}

/// A paragraph in lines of bearable length.
fn wrapped(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    const WIDTH: usize = 100;
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        let gap = match column {
            0 => "",
            _ if column + 1 + length > WIDTH => "\n",
            _ => " ",
        };
        write!(f, "{gap}{word}")?;
        column = if gap == " " { column + 1 + length } else { length };
    }
    writeln!(f)
}

impl Answer {
    /// The heads and the widths of their columns.
    fn columns(&self) -> impl Iterator<Item = (&'static str, usize)> {
        const LEAST_WIDTH: usize = 12;
        self.heads.iter().enumerate().map(|(at, head)| {
            let cells = self.rows.iter().map(move |row| row.shown[at].chars().count());
            (*head, cells.chain([head.chars().count(), LEAST_WIDTH]).max().unwrap_or_default())
        })
    }
}
