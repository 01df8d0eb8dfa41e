//! Strings of page references, made from a few words: what `refs(…)` of a scenario performs and what the page-reference mode of
//! the replacement policies is fed.
//!
//! A line describes a segment; region, page range, counts and the share of stores are numbers, every random choice comes
//! from a seed on the line, so the same lines give the same string everywhere:
//!
//! ```text
//! seq R BASE N PASSES WPCT CLASS            BASE..BASE+N-1 upwards, PASSES times          rev: downwards
//! cyc R BASE N COUNT WPCT CLASS             BASE + i mod N
//! stride R BASE N STRIDE COUNT WPCT CLASS   BASE + (i * STRIDE mod N)
//! uni R BASE N COUNT WPCT CLASS SEED        uniformly random
//! zipf S R BASE N COUNT WPCT CLASS SEED     rank k with weight (k + 1)^-S, ranks spread over the pages at random
//! chase R BASE N COUNT WPCT CLASS SEED      one random order of the pages, walked again and again
//! mix K1 K2 …                               K1 references of the next line, K2 of the one after, … in turn
//! phase NAME                                a boundary, without references
//! ```
//!
//! R is `a` (anonymous memory), `m` (a shared file mapping), `p` (a private one) or `r` (pread and pwrite).

mod generate;
mod random;
mod spec;
#[cfg(test)]
mod tests;

pub use generate::References;
pub use spec::{Part, Segment, SpecError, parse};

use std::collections::HashMap;

/// For each reference, after how many more its page is referenced again; None where it is not.
pub fn distances(references: impl Iterator<Item = Reference>) -> Vec<Option<u64>> {
    let pages: Vec<_> = references.map(|reference| (reference.region, reference.page)).collect();
    let mut later = HashMap::new();
    let mut distances = vec![None; pages.len()];
    for (at, page) in pages.into_iter().enumerate().rev() {
        distances[at] = later.insert(page, at).map(|next| (next - at) as u64);
    }
    distances
}

/// What a reference goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Region {
    /// `a`: private anonymous memory.
    Anonymous,
    /// `m`: a file mapped MAP_SHARED.
    SharedFile,
    /// `p`: a file mapped MAP_PRIVATE.
    PrivateFile,
    /// `r`: a file reached by pread and pwrite.
    ReadWrite,
}

impl Region {
    /// The letter in a line.
    pub fn letter(self) -> char {
        match self {
            Region::Anonymous => 'a',
            Region::SharedFile => 'm',
            Region::PrivateFile => 'p',
            Region::ReadWrite => 'r',
        }
    }

    /// The region of a letter.
    pub fn from_letter(letter: &str) -> Option<Region> {
        [Region::Anonymous, Region::SharedFile, Region::PrivateFile, Region::ReadWrite]
            .into_iter()
            .find(|region| letter.chars().eq([region.letter()]))
    }
}

/// One reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// Where to.
    pub region: Region,
    /// The page in that region.
    pub page: u64,
    /// A store, else a load.
    pub store: bool,
}
