//! The host as an oracle: random scenarios, and what the host's own kernel says of a scenario.

pub mod generate;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod host;
mod script;

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub use host::{Host, HostError, Options};
pub use script::ScriptError;
