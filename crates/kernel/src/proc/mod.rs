//! Views of a process (Linux: `fs/proc/task_mmu.c`, `fs/proc/array.c`): as data, from which scenario logs are printed, and as the
//! kernel's text.

pub mod status;

pub use status::StatusData;
