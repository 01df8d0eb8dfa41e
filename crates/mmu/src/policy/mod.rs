//! Page replacement policies, each a file behind one trait, chosen by name.
//!
//! In the page-reference mode ([`run`]) a policy sees every reference and nothing else of the machine: its misses over a
//! string of references with a memory of so many pages are what the literature plots. Page numbers are dense, from 0.
//!
//! Linux's own reclaim is not here: it works on frames, accessed bits and priorities (`reclaim`).

mod arc;
mod clock;
mod fifo;
mod kind;
mod lirs;
pub mod list;
mod lru;
mod mglru;
#[cfg(test)]
mod models;
mod opt;
mod own;
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
pub use kind::{AnyPolicy, PolicyKind, UnknownPolicy};
pub use lirs::Lirs;
pub use lru::Lru;
pub use mglru::Mglru;
pub use opt::{NEVER, Opt, next_uses};
pub use own::OwnPolicy;
pub use random::Random;
pub use run::{Misses, drive, run, run_noting};
pub use s3fifo::S3Fifo;
pub use sieve::Sieve;
pub use twoq::TwoQ;

use std::fmt::Debug;

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
}
