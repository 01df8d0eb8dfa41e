//! The policies by name, and any of them as one value. An enum and no trait object, since a machine with its policy is cloned
//! and written to a file.

use super::{Arc, Clock, Fifo, Lirs, Lru, Mglru, Opt, OwnPolicy, Policy, Random, S3Fifo, Sieve, TwoQ};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// The policies by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum PolicyKind {
    /// First in, first out.
    Fifo,
    /// Exact least recently used.
    Lru,
    /// Second chance with one reference bit.
    Clock,
    /// Johnson and Shasha's 2Q.
    TwoQ,
    /// Megiddo and Modha's adaptive replacement cache.
    Arc,
    /// Jiang and Zhang's low inter-reference recency set.
    Lirs,
    /// Yang and others' three static FIFO queues.
    S3Fifo,
    /// Zhang and others' SIEVE.
    Sieve,
    /// Linux's multi-generational LRU.
    Mglru,
    /// A random resident page.
    Random,
    /// Belady's: the page used furthest in the future.
    Opt,
}

/// No policy has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no replacement policy is called `{0}`; there are {names}", names = PolicyKind::names().join(", "))]
pub struct UnknownPolicy(pub String);

impl PolicyKind {
    /// All of them.
    pub const ALL: [PolicyKind; 11] = [
        PolicyKind::Fifo,
        PolicyKind::Lru,
        PolicyKind::Clock,
        PolicyKind::TwoQ,
        PolicyKind::Arc,
        PolicyKind::Lirs,
        PolicyKind::S3Fifo,
        PolicyKind::Sieve,
        PolicyKind::Mglru,
        PolicyKind::Random,
        PolicyKind::Opt,
    ];

    /// The name that configuration speaks.
    pub fn name(self) -> &'static str {
        match self {
            PolicyKind::Fifo => "fifo",
            PolicyKind::Lru => "lru",
            PolicyKind::Clock => "clock",
            PolicyKind::TwoQ => "2q",
            PolicyKind::Arc => "arc",
            PolicyKind::Lirs => "lirs",
            PolicyKind::S3Fifo => "s3-fifo",
            PolicyKind::Sieve => "sieve",
            PolicyKind::Mglru => "mglru",
            PolicyKind::Random => "random",
            PolicyKind::Opt => "opt",
        }
    }

    pub(crate) fn names() -> Vec<&'static str> {
        PolicyKind::ALL.iter().map(|kind| kind.name()).collect()
    }
}

impl FromStr for PolicyKind {
    type Err = UnknownPolicy;
    fn from_str(name: &str) -> Result<Self, UnknownPolicy> {
        PolicyKind::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| UnknownPolicy(name.to_owned()))
    }
}

/// One of the policies.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each is the policy of its name")]
pub enum AnyPolicy {
    Fifo(Fifo),
    Lru(Lru),
    Clock(Clock),
    TwoQ(TwoQ),
    Arc(Arc),
    Lirs(Lirs),
    S3Fifo(S3Fifo),
    Sieve(Sieve),
    Mglru(Mglru),
    Random(Random),
    Opt(Opt),
    /// One of somebody's own, which no file can hold.
    #[serde(skip)]
    Own(OwnPolicy),
}

impl AnyPolicy {
    /// The policy for a memory of `capacity` pages (at least 1); `seed` is for [`Random`].
    pub fn new(kind: PolicyKind, capacity: usize, seed: u64) -> AnyPolicy {
        let capacity = capacity.max(1);
        match kind {
            PolicyKind::Fifo => AnyPolicy::Fifo(Fifo::new()),
            PolicyKind::Lru => AnyPolicy::Lru(Lru::new()),
            PolicyKind::Clock => AnyPolicy::Clock(Clock::new()),
            PolicyKind::TwoQ => AnyPolicy::TwoQ(TwoQ::new(capacity)),
            PolicyKind::Arc => AnyPolicy::Arc(Arc::new(capacity)),
            PolicyKind::Lirs => AnyPolicy::Lirs(Lirs::new(capacity)),
            PolicyKind::S3Fifo => AnyPolicy::S3Fifo(S3Fifo::new(capacity)),
            PolicyKind::Sieve => AnyPolicy::Sieve(Sieve::new()),
            PolicyKind::Mglru => AnyPolicy::Mglru(Mglru::new()),
            PolicyKind::Random => AnyPolicy::Random(Random::new(seed)),
            PolicyKind::Opt => AnyPolicy::Opt(Opt::new()),
        }
    }
}

/// The same call of whichever it is.
macro_rules! each {
    ($any:expr, $policy:ident => $call:expr) => {
        match $any {
            AnyPolicy::Fifo($policy) => $call,
            AnyPolicy::Lru($policy) => $call,
            AnyPolicy::Clock($policy) => $call,
            AnyPolicy::TwoQ($policy) => $call,
            AnyPolicy::Arc($policy) => $call,
            AnyPolicy::Lirs($policy) => $call,
            AnyPolicy::S3Fifo($policy) => $call,
            AnyPolicy::Sieve($policy) => $call,
            AnyPolicy::Mglru($policy) => $call,
            AnyPolicy::Random($policy) => $call,
            AnyPolicy::Opt($policy) => $call,
            AnyPolicy::Own($policy) => $call,
        }
    };
}

impl Policy for AnyPolicy {
    fn foretell(&mut self, next_use: u64) {
        each!(self, policy => policy.foretell(next_use));
    }

    fn holds(&self, page: u32) -> bool {
        each!(self, policy => policy.holds(page))
    }

    fn touch(&mut self, page: u32) {
        each!(self, policy => policy.touch(page));
    }

    fn miss(&mut self, page: u32) {
        each!(self, policy => policy.miss(page));
    }

    fn candidate(&mut self, incoming: Option<u32>) -> Option<u32> {
        each!(self, policy => policy.candidate(incoming))
    }

    fn evict(&mut self, victim: u32) {
        each!(self, policy => policy.evict(victim));
    }

    fn insert(&mut self, page: u32) {
        each!(self, policy => policy.insert(page));
    }

    fn forget(&mut self, page: u32) {
        each!(self, policy => policy.forget(page));
    }
}
