//! Views of a process (Linux: `fs/proc/task_mmu.c`, `fs/proc/array.c`): as data, from which scenario logs are printed, and as the
//! kernel's text.

pub mod maps;
pub mod pagemap;
pub mod smaps;
pub mod statm;
pub mod status;
mod vmflags;

pub use maps::MapsEntry;
pub use pagemap::PagemapEntry;
pub use smaps::SmapsEntry;
pub use status::StatusData;
