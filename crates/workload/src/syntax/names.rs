//! What names stand for: results that lines bound, and the constants of the C headers.

use serde::{Deserialize, Serialize, Serializer};
use std::collections::{BTreeMap, HashMap};

use super::constants::constant;

/// The names of one scenario, global to it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Names {
    #[serde(serialize_with = "ordered")]
    bound: HashMap<Box<str>, u64>,
}

impl Names {
    /// Lets `name` stand for `value` from now on.
    pub fn bind(&mut self, name: &str, value: u64) {
        match self.bound.get_mut(name) {
            Some(old) => *old = value,
            None => {
                self.bound.insert(name.into(), value);
            }
        }
    }

    /// What `name` stands for: bound by a line, else a header's constant.
    pub fn get(&self, name: &str) -> Option<u64> {
        self.bound.get(name).copied().or_else(|| constant(name))
    }
}

/// By the names' order: equal runs give equal bytes.
fn ordered<S: Serializer>(names: &HashMap<Box<str>, u64>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(names.iter().collect::<BTreeMap<_, _>>())
}
