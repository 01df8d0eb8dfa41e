//! The twin against the host: the first difference, and the shortest scenario that has one.

use crate::host::{Host, HostError};
use crate::shrink::shrink;
use std::fmt;
use std::time::Duration;

/// Where two logs of a scenario part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The line of the logs, from 1.
    pub line: usize,
    /// What the twin prints there; empty if its log has ended.
    pub twin: String,
    /// What the host prints there; empty if its log has ended.
    pub host: String,
    /// The last line before it that is a call, where the differing line is part of a view.
    pub call: Option<String>,
}

impl Difference {
    /// Whether the twin gave no answer but [`REFUSED`] and why.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        self.twin.starts_with(REFUSED)
    }
}

/// With this the twin's log goes on where it has refused a line.
pub const REFUSED: &str = "refused: ";

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(call) = &self.call {
            writeln!(f, "  {}: {call}", self.line)?;
        }
        writeln!(f, "- {}: {}", self.line, self.twin)?;
        write!(f, "+ {}: {}", self.line, self.host)
    }
}

/// Where the twin's log first differs from the host's.
#[must_use]
pub fn first_difference(twin: &str, host: &str) -> Option<Difference> {
    let (twins, hosts): (Vec<&str>, Vec<&str>) = (twin.lines().collect(), host.lines().collect());
    let at = (0..twins.len().max(hosts.len())).find(|&at| twins.get(at) != hosts.get(at))?;
    let line_of = |lines: &[&str]| lines.get(at).map_or(String::new(), |&line| line.to_owned());
    let (twin, host) = (line_of(&twins), line_of(&hosts));
    let part_of_view = host.starts_with("  ") || twin.starts_with("  ");
    let call = hosts[..at.min(hosts.len())].iter().rev().find(|line| part_of_view && !line.starts_with("  "));
    Some(Difference { line: at + 1, twin, host, call: call.map(|&line| line.to_owned()) })
}

/// What comes of comparing twin and host in one scenario.
#[derive(Debug)]
pub enum Outcome {
    /// Both logs are equal.
    Equal,
    /// The host's runs differ among themselves: the twin's log is that of one of them, and differs so from the first. What the
    /// scenario does not decide, such as whether the clock ticks between two calls or who else looks at the pages, shows in it.
    EqualToSome(Difference),
    /// The same, with the twin making so many calls in a tick of its clock; the difference is at its own pace.
    EqualAtPace(u64, Difference),
    /// They differ.
    Different(Difference),
    /// The host gives no log that can be compared.
    Skipped(HostError),
}

impl Outcome {
    /// Where the logs differ in every run.
    #[must_use]
    pub fn difference(&self) -> Option<&Difference> {
        match self {
            Outcome::Different(difference) => Some(difference),
            _ => None,
        }
    }
}

/// Runs of the host among which one is looked for that agrees with the twin.
const RUNS_TO_AGREE: usize = 4;

/// How often a scenario that differs is compared once more, and what passes before: a host under load is late in the same way
/// through all runs of one time (its journal commits, its pages wait to be looked at).
const TIMES_LATER: usize = 3;
const LATER: Duration = Duration::from_secs(1);

/// Calls in a tick of the clock with which the twin is tried where it differs: between which calls the host's clock ticked is not known,
/// only that it ticks.
const PACES: [u64; 10] = [0, 5, 10, 20, 30, 45, 60, 120, 240, u64::MAX];

/// The twin, as a function from a scenario, and the calls it makes in a tick of its clock unless those that it has by itself, to the log.
pub type Twin<'a> = &'a dyn Fn(&str, Option<u64>) -> String;

/// The twin and the host.
pub struct Differ<'a> {
    host: &'a mut Host,
    twin: Twin<'a>,
}

impl<'a> Differ<'a> {
    /// Compares `twin` with `host`.
    pub fn new(host: &'a mut Host, twin: Twin<'a>) -> Self {
        Self { host, twin }
    }

    /// What comes of a scenario. One that differs is compared again a little later, and equal to some of the host's runs if
    /// it is so then.
    ///
    /// # Errors
    /// Only if the host can no longer be used; the scenario's own trouble is [`Outcome::Skipped`].
    pub fn outcome(&mut self, scenario: &str) -> Result<Outcome, HostError> {
        match self.compare_in_time(scenario) {
            Err(error @ HostError::Unsuitable(_)) => Err(error),
            Err(error) => Ok(Outcome::Skipped(error)),
            outcome => outcome,
        }
    }

    fn compare_in_time(&mut self, scenario: &str) -> Result<Outcome, HostError> {
        let mut outcome = self.compare(scenario)?;
        for _ in 0..TIMES_LATER {
            let Outcome::Different(difference) = outcome else { break };
            std::thread::sleep(LATER);
            outcome = match self.compare(scenario)? {
                Outcome::Equal => Outcome::EqualToSome(difference),
                later => later,
            };
        }
        Ok(outcome)
    }

    fn compare(&mut self, scenario: &str) -> Result<Outcome, HostError> {
        let twin = (self.twin)(scenario, None);
        let first = self.host.run_once(scenario)?;
        let Some(difference) = first_difference(&twin, &first) else { return Ok(Outcome::Equal) };
        let mut logs = vec![first];
        for _ in 1..RUNS_TO_AGREE {
            let log = self.host.run_once(scenario)?;
            if log == twin {
                return Ok(Outcome::EqualToSome(difference));
            }
            logs.push(log);
        }
        let repeated = self.host.run(scenario)?;
        let Some(last) = first_difference(&twin, &repeated) else {
            return Ok(Outcome::EqualToSome(difference));
        };
        logs.push(repeated);
        let agrees = |pace: &u64| logs.contains(&(self.twin)(scenario, Some(*pace)));
        match PACES.iter().find(|pace| agrees(pace)) {
            Some(&pace) => Ok(Outcome::EqualAtPace(pace, difference)),
            None => Ok(Outcome::Different(last)),
        }
    }

    /// The shortest scenario found in which twin and host still differ, and the host's log of it. Unless that is where
    /// `scenario` differs, too, the difference is not that the twin refuses a line.
    ///
    /// # Errors
    /// As [`Host::run`].
    pub fn shrink(&mut self, scenario: &str) -> Result<(String, String), HostError> {
        let refused = self.compare(scenario)?.difference().is_some_and(Difference::is_refusal);
        let short = shrink(
            scenario,
            |text| matches!(self.compare(text), Ok(Outcome::Different(difference)) if difference.is_refusal() == refused),
        );
        let log = self.host.run(&short)?;
        Ok((short, log))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_names_its_call() {
        let host = "maps() ->\n  1000-2000 rw-p\nload(a) -> 1\n";
        assert_eq!(first_difference(host, host), None);
        let twin = host.replace("2000", "3000");
        let difference = first_difference(&twin, host).unwrap();
        assert_eq!((difference.line, difference.call.as_deref()), (2, Some("maps() ->")));
        assert_eq!(difference.to_string(), "  2: maps() ->\n- 2:   1000-3000 rw-p\n+ 2:   1000-2000 rw-p");
        let difference = first_difference("maps() ->\n", host).unwrap();
        assert_eq!((difference.twin.as_str(), difference.line), ("", 2));
    }
}
