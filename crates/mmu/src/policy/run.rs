//! The page-reference mode: a string of references against one policy, without the rest of the machine.

use super::list::PerPage;
use super::{Arc, Clock, Fifo, Lirs, Lru, Opt, Policy, PolicyKind, Random, S3Fifo, Sieve, TwoQ};

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
    let capacity = capacity.max(1);
    match kind {
        PolicyKind::Fifo => drive(Fifo::new(), capacity, references),
        PolicyKind::Lru => drive(Lru::new(), capacity, references),
        PolicyKind::Clock => drive(Clock::new(), capacity, references),
        PolicyKind::TwoQ => drive(TwoQ::new(capacity), capacity, references),
        PolicyKind::Arc => drive(Arc::new(capacity), capacity, references),
        PolicyKind::Lirs => drive(Lirs::new(capacity), capacity, references),
        PolicyKind::S3Fifo => drive(S3Fifo::new(capacity), capacity, references),
        PolicyKind::Sieve => drive(Sieve::new(), capacity, references),
        PolicyKind::Random => drive(Random::new(seed), capacity, references),
        PolicyKind::Opt => drive(Opt::new(references), capacity, references),
    }
}

fn drive(mut policy: impl Policy, capacity: usize, references: &[u32]) -> Misses {
    let mut resident = PerPage::<bool>::default();
    let (mut held, mut misses) = (0, 0);
    for &page in references {
        if resident.get(page) {
            policy.touch(page);
            continue;
        }
        misses += 1;
        if held == capacity
            && let Some(victim) = policy.evict(page)
        {
            resident.set(victim, false);
            held -= 1;
        }
        policy.insert(page);
        resident.set(page, true);
        held += 1;
    }
    Misses { references: references.len() as u64, misses }
}
