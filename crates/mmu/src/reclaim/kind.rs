//! How a machine chooses what to reclaim, by name.

use crate::policy::{PolicyKind, UnknownPolicy};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// What reclaim goes by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ReclaimKind {
    /// Linux's active and inactive lists.
    #[default]
    Linux,
    /// A policy of the literature, a page at a time ([`by_policy`](super::by_policy)).
    Policy(PolicyKind),
}

/// How a policy of the literature learns that a page was used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PolicySees {
    /// As hardware lets a kernel know: from the accessed bits of the page that is to go next.
    #[default]
    AccessedBits,
    /// Each reference of `refs(…)` when it is made, and nothing else: what no kernel can know.
    References,
}

impl ReclaimKind {
    /// The name that configuration speaks.
    pub fn name(self) -> &'static str {
        match self {
            ReclaimKind::Linux => "linux",
            ReclaimKind::Policy(kind) => kind.name(),
        }
    }
}

impl FromStr for ReclaimKind {
    type Err = UnknownPolicy;
    fn from_str(name: &str) -> Result<Self, UnknownPolicy> {
        match name {
            "linux" => Ok(ReclaimKind::Linux),
            name => name.parse().map(ReclaimKind::Policy),
        }
    }
}
