//! What names stand for: results that lines bound, and the constants of the C headers.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;

use super::constants::constant;

/// The names of one scenario, global to it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Names {
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
