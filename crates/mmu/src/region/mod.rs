//! Operations on ranges of an address space, built on the VMA engine: what the memory system calls do once their
//! arguments are checked.

pub mod advise;
mod advise_pages;
pub mod bounds;
pub mod brk;
pub mod commit;
pub mod error;
pub mod expand;
pub mod lock;
pub mod map;
pub mod placement;
pub mod protect;
pub mod quick;
pub mod remap;
pub mod resident;
pub mod seal;
pub mod sync;
pub mod unmap;

pub use advise::Advice;
pub use commit::Commit;
pub use error::RegionError;
pub use map::NewMapping;
pub use placement::Placement;
pub(crate) use quick::BrkRoom;
pub use remap::MremapRequest;
pub use sync::Msync;
