//! How a free list chooses.

use serde::{Deserialize, Serialize};

/// Which free block serves a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Fit {
    /// The first that is large enough.
    #[default]
    First,
    /// The first that is large enough, from where the last search ended.
    Next,
    /// The smallest that is large enough.
    Best,
    /// The largest.
    Worst,
}

/// A free list's rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreeListConfig {
    /// Which free block serves a request.
    pub fit: Fit,
    /// Does a block that is too large keep its rest on the list?
    pub split: bool,
    /// Are free neighbours merged when a block is freed?
    pub coalesce: bool,
}

impl FreeListConfig {
    /// Splitting and coalescing, with the given fit.
    pub fn new(fit: Fit) -> Self {
        Self { fit, split: true, coalesce: true }
    }
}
