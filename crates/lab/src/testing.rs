//! What tests of memory behaviour repeat: machines to start from, budgets of page faults, settings for insta.
//!
//! ```
//! use memtwin_lab::State;
//! use memtwin_lab::testing::{Budget, small};
//!
//! let (mut twin, pid) = small();
//! let block = twin.process(pid)?.malloc(100)?;
//! // The page that malloc's header is in is there already: the program's store costs no fault.
//! Budget::at_most(0).of(&mut twin, |twin| twin.process(pid).unwrap().task.store(block, 1, 8))?;
//! let text = State::heap(&twin, pid)?.to_string();
//! assert!(text.contains("(100 asked for)"), "{text}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod budget;
#[cfg(feature = "insta")]
mod snapshots;

pub use budget::Budget;
#[cfg(feature = "insta")]
pub use snapshots::settings;

use memtwin_kernel::Pid;
use memtwin_kernel::mmu::Config;
use memtwin_workload::Twin;

/// A machine with 64 MiB, no swap, and one process.
///
/// # Panics
/// Never: such a machine has room for a process.
pub fn small() -> (Twin, Pid) {
    machine(config(64 << 20))
}

/// A machine with 64 MiB whose processes run in a memory cgroup of `limit` bytes, and swap of `swap` bytes on zram.
///
/// # Panics
/// If the limit is too small for a process.
pub fn short_of_memory(limit: u64, swap: u64) -> (Twin, Pid) {
    let mut config = config(64 << 20);
    config.memcg_bytes = Some(limit);
    config.swap_bytes = swap;
    machine(config)
}

/// A machine of `config` and one process.
///
/// # Panics
/// If the machine is too small for a process.
pub fn machine(config: Config) -> (Twin, Pid) {
    let mut twin = Twin::new(config);
    let pid = twin.spawn().expect("a machine with room for a process");
    (twin, pid)
}

fn config(ram_bytes: u64) -> Config {
    let mut config = Config::default();
    config.ram_bytes = ram_bytes;
    config
}
