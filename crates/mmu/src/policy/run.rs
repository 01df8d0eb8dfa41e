//! The page-reference mode: a string of references against one policy, without the rest of the machine.

use super::opt::next_uses;
use super::{Arc, Clock, Fifo, Lirs, Lru, Mglru, Opt, Policy, PolicyKind, Random, S3Fifo, Sieve, TwoQ};

/// What a run counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Misses {
    /// References made.
    pub references: u64,
    /// References to a page that was not resident.
    pub misses: u64,
}

/// Runs `references` (dense page numbers) through a memory of `capacity` pages under a policy. Deterministic: the same
/// string, capacity and seed give the same counts. A capacity of 0 counts as 1.
pub fn run(kind: PolicyKind, capacity: usize, seed: u64, references: &[u32]) -> Misses {
    run_noting(kind, capacity, seed, references, |_| {})
}

/// The same, and tells `missed` of each page that was not resident.
pub fn run_noting(
    kind: PolicyKind,
    capacity: usize,
    seed: u64,
    references: &[u32],
    missed: impl FnMut(u32),
) -> Misses {
    let capacity = capacity.max(1);
    match kind {
        PolicyKind::Fifo => drive(Fifo::new(), capacity, references, missed),
        PolicyKind::Lru => drive(Lru::new(), capacity, references, missed),
        PolicyKind::Clock => drive(Clock::new(), capacity, references, missed),
        PolicyKind::TwoQ => drive(TwoQ::new(capacity), capacity, references, missed),
        PolicyKind::Arc => drive(Arc::new(capacity), capacity, references, missed),
        PolicyKind::Lirs => drive(Lirs::new(capacity), capacity, references, missed),
        PolicyKind::S3Fifo => drive(S3Fifo::new(capacity), capacity, references, missed),
        PolicyKind::Sieve => drive(Sieve::new(), capacity, references, missed),
        PolicyKind::Mglru => drive(Mglru::new(), capacity, references, missed),
        PolicyKind::Random => drive(Random::new(seed), capacity, references, missed),
        PolicyKind::Opt => drive_foretold(Opt::new(), capacity, references, missed),
    }
}

/// Runs `references` through a memory of `capacity` pages under a policy of one's own, which was made for that many, and tells
/// `missed` of each page that was not resident. A capacity of 0 counts as 1.
pub fn drive(
    mut policy: impl Policy,
    capacity: usize,
    references: &[u32],
    mut missed: impl FnMut(u32),
) -> Misses {
    let (mut held, mut misses) = (0, 0);
    for &page in references {
        if refer(&mut policy, capacity.max(1), &mut held, page) {
            misses += 1;
            missed(page);
        }
    }
    Misses { references: references.len() as u64, misses }
}

fn drive_foretold(
    mut policy: impl Policy,
    capacity: usize,
    references: &[u32],
    mut missed: impl FnMut(u32),
) -> Misses {
    let (mut held, mut misses) = (0, 0);
    for (&page, next) in references.iter().zip(next_uses(references)) {
        policy.foretell(next);
        if refer(&mut policy, capacity, &mut held, page) {
            misses += 1;
            missed(page);
        }
    }
    Misses { references: references.len() as u64, misses }
}

/// Makes a reference: whether it missed.
#[inline(always)]
fn refer(policy: &mut impl Policy, capacity: usize, held: &mut usize, page: u32) -> bool {
    if policy.holds(page) {
        policy.touch(page);
        return false;
    }
    policy.miss(page);
    if *held < capacity {
        *held += 1;
    } else if let Some(victim) = policy.candidate(Some(page)) {
        policy.evict(victim);
    }
    policy.insert(page);
    true
}
