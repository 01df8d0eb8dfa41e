//! # memtwin-checkpoint: runs that can be saved and gone on with
//!
//! ```text
//!   line 1 .. line 20 ---- Session ---- line 21 ..          goes on
//!                            |  \
//!                            |   branch --- other lines ..  frames are shared until they are written
//!                            |
//!                          save -> file -> load ---- line 21 ..
//!                                  gzip: magic, version, layout, state; damage and other versions are refused
//! ```
//!
//! A [`Session`] is a scenario's run. It can be stopped after any line, cloned, written to a file and read back; what was read
//! back goes on as if it had never stopped.
//!
//! ```
//! use memtwin_checkpoint::Session;
//! use memtwin_workload::Options;
//!
//! let mut session = Session::new(Options::default());
//! session.line(1, "p = malloc(100)", &mut Vec::new())?;
//! let mut file = Vec::new();
//! session.save(&mut file)?;
//!
//! let mut log = Vec::new();
//! Session::load(&file[..])?.line(2, "free(p)", &mut log)?;
//! assert_eq!(log, b"free(p) -> 0\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! It is a crate of its own because all code that reads and writes a machine's state is made here, which takes the compiler long.

mod file;
mod session;
#[cfg(test)]
mod tests;

pub use file::CheckpointError;
pub use session::Session;
