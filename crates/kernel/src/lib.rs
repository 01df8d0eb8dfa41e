//! # memtwin-kernel: processes, files and the memory system calls of Linux
//!
//! A [`Kernel`] owns a [`Machine`](memtwin_mmu::Machine) and its processes; a [`Task`] is one thread of one process, about to
//! make calls and accesses. Every call checks its arguments in Linux's order and gives Linux's errno.

pub mod errno;
pub mod flags;
pub mod signal;
pub mod task;

pub use errno::Errno;
pub use flags::{MapFlags, MremapFlags, Prot};
pub use memtwin_mmu as mmu;
pub use signal::{SigCode, Signal};
pub use task::{Kernel, Pid, Task, Tid};
