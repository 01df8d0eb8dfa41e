//! # memtwin-lab: a laboratory of memory
//!
//! What one does with a twin beyond running it:
//!
//! ```text
//!             Session: a scenario's run, or a Twin of your own code
//!            /     |            |              \
//!     State::of    save, load   Samples        first_call
//!     a snapshot   a checkpoint counters over  which call did it?
//!        |                      time: CSV, trace
//!     Difference: two snapshots in words
//! ```
//!
//! [`State`] is a machine, a process or a heap as stable text, and as serde data; [`Difference`] says in words what changed between
//! two of them. A [`Session`] is a scenario's run that can be saved, loaded and branched. [`Samples`] are counters over time.
//! [`ask`](mod@ask) answers the classic questions by experiments. [`testing`] has what tests of memory behaviour repeat.

pub mod ask;
pub mod testing;
#[cfg(test)]
mod tests;

mod bisect;
mod diff;
mod place;
mod question;
mod sample;
mod state;

pub use bisect::{Found, first_call, last_call};
pub use memtwin_checkpoint::{CheckpointError, Session};

pub use diff::Difference;
pub use place::Place;
pub use question::{Question, UnknownQuestion};
pub use sample::{Counter, Pace, Sample, Samples, UnknownCounter};
pub use state::{MachineState, MapState, ProcessState, Sections, State};
