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
#[cfg(test)]
mod models;
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
pub use opt::{NEVER, Opt, next_uses};
pub use random::Random;
pub use run::{Misses, run};
pub use s3fifo::S3Fifo;
pub use sieve::Sieve;
pub use twoq::TwoQ;

use std::fmt::Debug;
use std::str::FromStr;

/// A replacement policy over a memory of a fixed number of pages.
///
/// For each reference the caller calls [`touch`](Self::touch) where the page is resident; where it is not,
/// [`miss`](Self::miss), then, if memory is full, [`candidate`](Self::candidate) and [`evict`](Self::evict), then
/// [`insert`](Self::insert).
pub trait Policy: Debug + Send {
    /// The next reference's page is used again at reference `next_use`, counted from 0 ([`NEVER`]: not at all). Only
    /// [`Opt`] listens.
    fn foretell(&mut self, next_use: u64) {
        let _ = next_use;
    }

    /// Whether a page is resident.
    fn holds(&self, page: u32) -> bool;

    /// A resident page is used.
    fn touch(&mut self, page: u32);

    /// A page that is not resident is used and will come in.
    fn miss(&mut self, page: u32) {
        let _ = page;
    }

    /// The resident page that is to go next, for `incoming` if that is known by now. It stays until it is evicted; asked
    /// again with nothing else said, the same. None if nothing is resident.
    fn candidate(&mut self, incoming: Option<u32>) -> Option<u32>;

    /// The candidate goes; what the policy remembers of pages that have gone, it remembers of this one.
    fn evict(&mut self, victim: u32);

    /// A page has come in.
    fn insert(&mut self, page: u32);

    /// A page is no more, resident or not: freed by its owner, not for want of room. Nothing of it is remembered.
    ///
    /// # Panics
    /// If the policy knows nothing of it.
    fn forget(&mut self, page: u32);

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

    /// The policy for a memory of `capacity` pages (at least 1); `seed` is for [`Random`].
    pub fn build(self, capacity: usize, seed: u64) -> Box<dyn Policy> {
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
            PolicyKind::Opt => Box::new(Opt::new()),
        }
    }
}

impl Clone for Box<dyn Policy> {
    fn clone(&self) -> Self {
        self.clone_box()
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
