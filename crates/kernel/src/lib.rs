//! # memtwin-kernel: processes, files and the memory system calls of Linux
//!
//! A [`Kernel`] owns a [`Machine`](memtwin_mmu::Machine) and its processes; a [`Task`] is one thread of one process, about to
//! make calls and accesses. Every call checks its arguments in Linux's order and gives Linux's errno.

pub mod access;
pub mod cpu;
mod errno;
pub mod exec;
pub mod exit;
pub mod file;
pub mod flags;
pub mod fork;
pub mod layout;
pub mod oom;
pub mod places;
pub mod proc;
pub mod process;
pub mod signal;
pub mod spawn;
pub mod support;
pub mod syscall;
pub mod task;

pub use access::Touched;
pub use errno::Errno;
pub use exec::Image;
pub use flags::{MapFlags, MremapFlags, Prot};
pub use layout::Layout;
pub use memtwin_mmu as mmu;
pub use oom::{OomEvent, OomRow};
pub use places::Places;
pub use process::{Faults, Process};
pub use signal::{SigCode, Signal};
pub use support::{Support, SupportRow, support};
pub use task::{Kernel, Pid, Task, Tid};
