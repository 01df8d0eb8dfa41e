//! The host as an oracle: random scenarios, and what the host's own kernel and glibc say of a scenario.

pub mod generate;
