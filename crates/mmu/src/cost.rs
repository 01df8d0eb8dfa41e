//! What things cost: a model as data, and the time that a run's exact counts come to under it.
//!
//! Nothing here is on the way of an access: a machine counts, and a [`CostModel`] turns the counts into time afterwards. A
//! cost has a spread, so a time has one, too. Left out: what the program does between its accesses, misses of the data
//! caches by the accesses themselves, overlap of misses with other work, and contention for locks.

mod counts;
mod names;
mod presets;
mod time;

pub use counts::{CallCounts, Counts};
pub use names::{CostName, names};
pub use presets::preset_names;
pub use time::{ModelledTime, Part};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What one event takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Nanoseconds, as the median of what was measured or as the manual says.
    pub ns: f64,
    /// How far from it half of the measurements stay, or what a manual leaves open, in nanoseconds to either side.
    pub spread_ns: f64,
}

impl Cost {
    /// A cost with its spread.
    pub const fn new(ns: f64, spread_ns: f64) -> Cost {
        Cost { ns, spread_ns }
    }

    fn is_sound(self) -> bool {
        let sound = |ns: f64| ns.is_finite() && ns >= 0.0;
        sound(self.ns) && sound(self.spread_ns)
    }
}

/// The costs of one machine, by the names that [`names`] lists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CostModel {
    /// What it is called.
    pub name: String,
    /// Where the figures come from: a manual and its section, or a measurement, its machine and its date.
    pub source: String,
    /// Cycles in a nanosecond, to show times in cycles.
    pub ghz: f64,
    costs: BTreeMap<String, Cost>,
}

/// Why a model cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CostError {
    /// A name that means nothing.
    #[error("there is no cost `{0}`")]
    Unknown(String),
    /// A name without a cost.
    #[error("the cost `{0}` is missing")]
    Missing(&'static str),
    /// Not a number, infinite or below zero.
    #[error("the cost `{0}` is not a number of nanoseconds")]
    Unsound(String),
}

impl CostModel {
    /// A model without costs yet.
    pub fn new(name: &str, source: &str, ghz: f64) -> CostModel {
        CostModel { name: name.to_owned(), source: source.to_owned(), ghz, costs: BTreeMap::new() }
    }

    /// The preset of that name; [`preset_names`] lists them.
    pub fn preset(name: &str) -> Option<CostModel> {
        presets::preset(name)
    }

    /// Sets one cost.
    ///
    /// # Errors
    /// If the name is unknown or the cost no number of nanoseconds.
    pub fn set(&mut self, name: &str, cost: Cost) -> Result<(), CostError> {
        if !names::is_known(name) {
            return Err(CostError::Unknown(name.to_owned()));
        }
        if !cost.is_sound() {
            return Err(CostError::Unsound(name.to_owned()));
        }
        self.costs.insert(name.to_owned(), cost);
        Ok(())
    }

    /// Checks what was read from a file.
    ///
    /// # Errors
    /// The first cost that is unknown, unsound or missing.
    pub fn check(&self) -> Result<(), CostError> {
        for (name, cost) in &self.costs {
            if !names::is_known(name) {
                return Err(CostError::Unknown(name.clone()));
            }
            if !cost.is_sound() {
                return Err(CostError::Unsound(name.clone()));
            }
        }
        if !(self.ghz.is_finite() && self.ghz > 0.0) {
            return Err(CostError::Unsound("ghz".to_owned()));
        }
        let missing = names().iter().find(|known| !self.costs.contains_key(known.name));
        missing.map_or(Ok(()), |known| Err(CostError::Missing(known.name)))
    }

    /// The cost `name`; where it is not given, that of its family (`fault` for `fault.AnonWrite`); zero without both.
    pub fn cost(&self, name: &str) -> Cost {
        let family = || self.costs.get(name.split_once('.')?.0);
        self.costs.get(name).or_else(family).copied().unwrap_or_default()
    }

    /// All that is given, by name.
    pub fn costs(&self) -> impl Iterator<Item = (&str, Cost)> {
        self.costs.iter().map(|(name, cost)| (name.as_str(), *cost))
    }
}

impl Default for CostModel {
    /// The machine of `scenario.md`, as `memtwin calibrate` measured it.
    fn default() -> CostModel {
        presets::measured()
    }
}

#[cfg(test)]
mod tests;
