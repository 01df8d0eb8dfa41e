//! The guide: from a first test to a reclaim policy and an allocator of one's own. All code in it runs as tests.
//!
//! ```text
//!  first_test      a machine, a state as text, a budget of page faults: a test of memory behaviour
//!  faults          from a trace to page faults that are explained
//!  branching       checkpoints, experiments that branch, and which call did it
//!  own_policy      a replacement policy of one's own, over a string and inside a machine
//!  own_malloc      an allocator of one's own, under any program
//!  figures         what the figures mean, and how far to trust them
//! ```
//!
//! Each page can be read by itself. What the command can do without any Rust is in its own help: `memtwin --help`, and
//! `memtwin COMMAND --help` with examples of each.

pub mod branching;
pub mod faults;
pub mod figures;
pub mod first_test;
pub mod own_malloc;
pub mod own_policy;
