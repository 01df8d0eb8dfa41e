//! # memtwin-oracle: a real machine to compare with
//!
//! ```text
//!   scenario --+--> twin (a function: scenario -> log) -----------------+--> first_difference
//!              |                                                        |
//!              +--> Host: a traced process without libc, one processor -+
//!                     each call made in it by ptrace, a C library beside it where the scenario needs one;
//!                     faults from /proc, run until two runs agree
//!   generate(seed, profile) -> scenario        Differ::shrink -> the shortest that still differs
//! ```
//!
//! The host as an oracle: what things cost on it, random scenarios, what the host's own kernel and C library say of a scenario, the first
//! difference to the twin, and the shortest scenario that still differs.
//!
//! `unsafe` lives in this crate only, in `host/sys` and `calibrate/sys`. Left out: `machine(…)` and the calls that only make sense on other machines.

pub mod calibrate;
mod differ;
pub mod generate;
#[cfg_attr(not(all(target_os = "linux", target_arch = "x86_64")), path = "elsewhere.rs")]
mod host;
mod options;
#[cfg_attr(not(all(target_os = "linux", target_arch = "x86_64")), expect(dead_code))]
mod script;
mod shrink;

pub use differ::{Differ, Difference, Outcome, REFUSED, Twin, first_difference};
pub use host::{Host, HostError};
pub use options::Options;
pub use script::ScriptError;
pub use shrink::shrink;

/// Whether a scenario calls the C library, whose release then matters.
#[must_use]
pub fn needs_libc(scenario: &str) -> bool {
    host::needs_libc(scenario)
}
