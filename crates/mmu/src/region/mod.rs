//! Operations on ranges of an address space, built on the VMA engine: what the memory system calls do once their
//! arguments are checked.

pub mod commit;
pub mod error;
pub mod expand;

pub use commit::Commit;
pub use error::RegionError;
