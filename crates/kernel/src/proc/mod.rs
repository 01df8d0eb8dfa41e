//! Views of a process (Linux: `fs/proc/task_mmu.c`, `fs/proc/array.c`) and of the machine (`fs/proc/meminfo.c`, `mm/vmstat.c`): as data, from which scenario logs are printed, and as the
//! kernel's text.

pub mod maps;
pub mod meminfo;
pub mod pagemap;
pub mod smaps;
pub mod statm;
pub mod status;
pub mod system;
mod vmflags;
pub mod vmstat;
pub mod zoneinfo;

pub use maps::MapsEntry;
pub use pagemap::PagemapEntry;
pub use smaps::SmapsEntry;
pub use status::StatusData;
pub use system::FILES;
