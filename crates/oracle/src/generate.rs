//! Random scenarios for differential tests: a seed and a profile give a text in the language of scenario.md.
//!
//! The generator knows neither the twin nor the host: it keeps only the names, files and processes that it has
//! made, so that every line is one that both machines accept. Weights are swarm weights: each seed leaves out some
//! calls and prefers others, which reaches corners that an even mix never does.
//!
//! Left out, because the outcome would not be the scenario's own: `MADV_PAGEOUT` where there is much anonymous memory, accesses across a page
//! boundary, long writes into holes of files on a disk, reads of what free blocks contain, and whatever would touch
//! the process's own image and stack.

mod dice;
mod kernel;
mod like;
mod malloc;
mod profile;

pub use like::like;
pub use profile::{Profile, Side, UnknownProfile};

/// The scenario of `seed` in `profile`: the same text for the same arguments on every host and in every run.
#[must_use]
pub fn generate(seed: u64, profile: Profile) -> String {
    let dice = dice::Dice::new(seed);
    let title = format!("# random, seed {seed}, {profile}\n");
    let body = match profile.side() {
        Side::Kernel => kernel::scenario(dice, profile),
        Side::Malloc => malloc::scenario(dice, profile),
    };
    title + &body
}

#[cfg(test)]
mod tests;
