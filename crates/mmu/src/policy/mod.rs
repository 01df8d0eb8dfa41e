//! Page replacement policies, each a file behind one trait, chosen by name.
//!
//! In the page-reference mode ([`run`]) a policy sees every reference and nothing else of the machine: its misses over a
//! string of references with a memory of so many pages are what the literature plots. Page numbers are dense, from 0.
//!
//! Linux's own reclaim is not here: it works on frames, accessed bits and priorities (`reclaim`).

mod arc;
mod clock;
mod fifo;
mod lirs;
pub mod list;
mod lru;
mod opt;
mod random;
mod run;
mod s3fifo;
mod sieve;
#[cfg(test)]
mod tests;
mod twoq;

pub use arc::Arc;
pub use clock::Clock;
pub use fifo::Fifo;
pub use lirs::Lirs;
pub use lru::Lru;
pub use opt::{Opt, next_uses};
pub use random::Random;
pub use run::{Misses, run};
pub use s3fifo::S3Fifo;
pub use sieve::Sieve;
pub use twoq::TwoQ;

use std::fmt::Debug;
use std::str::FromStr;

/// A replacement policy over a memory of a fixed number of pages.
///
/// For each reference the caller calls [`touch`](Self::touch) where the page is resident; where it is not, first
/// [`evict`](Self::evict) if memory is full, then [`insert`](Self::insert).
pub trait Policy: Debug + Send {
    /// A resident page is used.
    fn touch(&mut self, page: u32);

    /// Makes room for `incoming`: chooses a resident page, forgets it as resident and gives it. None if nothing is resident.
    fn evict(&mut self, incoming: u32) -> Option<u32>;

    /// A page has come in.
    fn insert(&mut self, page: u32);

    /// A copy, for a checkpoint.
    fn clone_box(&self) -> Box<dyn Policy>;
}

/// The policies by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    pub const ALL: [PolicyKind; 10] = [
        PolicyKind::Fifo,
        PolicyKind::Lru,
        PolicyKind::Clock,
        PolicyKind::TwoQ,
        PolicyKind::Arc,
        PolicyKind::Lirs,
        PolicyKind::S3Fifo,
        PolicyKind::Sieve,
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
            PolicyKind::Random => "random",
            PolicyKind::Opt => "opt",
        }
    }

    fn names() -> Vec<&'static str> {
        PolicyKind::ALL.iter().map(|kind| kind.name()).collect()
    }

    /// The policy for a memory of `capacity` pages (at least 1). `future` is the whole reference string, which only
    /// [`Opt`] looks at; `seed` is for [`Random`].
    pub fn build(self, capacity: usize, seed: u64, future: &[u32]) -> Box<dyn Policy> {
        let capacity = capacity.max(1);
        match self {
            PolicyKind::Fifo => Box::new(Fifo::new()),
            PolicyKind::Lru => Box::new(Lru::new()),
            PolicyKind::Clock => Box::new(Clock::new()),
            PolicyKind::TwoQ => Box::new(TwoQ::new(capacity)),
            PolicyKind::Arc => Box::new(Arc::new(capacity)),
            PolicyKind::Lirs => Box::new(Lirs::new(capacity)),
            PolicyKind::S3Fifo => Box::new(S3Fifo::new(capacity)),
            PolicyKind::Sieve => Box::new(Sieve::new()),
            PolicyKind::Random => Box::new(Random::new(seed)),
            PolicyKind::Opt => Box::new(Opt::new(future)),
        }
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
