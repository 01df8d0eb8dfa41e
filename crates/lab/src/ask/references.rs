//! A trial without a machine: a string of page references under a replacement policy.

use memtwin_mmu::policy::PolicyKind;
use memtwin_workload::policies::{ReferenceString, StringError};

/// Misses of a string.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Misses {
    pub(super) all: u64,
    /// Of pages of the hot set.
    pub(super) hot: u64,
}

pub(super) fn run(
    policy: PolicyKind,
    frames: usize,
    string: &[&str],
    hot: u32,
) -> Result<Misses, StringError> {
    const SEED: u64 = 1;
    let string = ReferenceString::from_text(&string.concat())?;
    let mut misses = Misses::default();
    string.run(policy, frames, SEED, |page| {
        misses.all += 1;
        misses.hot += u64::from(page < hot);
    });
    Ok(misses)
}
