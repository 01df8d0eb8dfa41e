//! # memtwin-kernel: processes, files and the memory system calls of Linux
//!
//! A [`Kernel`] owns a [`Machine`](memtwin_mmu::Machine) and its processes; a [`Task`] is one thread of one process, about to
//! make calls and accesses. Every call checks its arguments in Linux's order and gives Linux's errno.
//!
//! ```text
//!   Kernel
//!     machine: Machine            frames, page tables, VMAs, page cache (memtwin-mmu)
//!     processes: Pid -> Process   its address space, files, limits, threads
//!       |
//!       task(Tid) -> Task         one thread, for as long as it makes calls
//!                      mmap(addr, len, prot, flags, fd, offset) -> Result<u64, Errno>
//!                      load(addr, size)                         -> Result<u64, Signal>
//!
//!   a process of scenarios        0x555555554000  image, 20 KiB
//!                                 0x555555559000  heap, upwards to the break
//!                                      ...
//!                                 0x7ffff7fff000  mappings, downwards
//!                                 0x7ffffffde000  stack, 132 KiB
//! ```
//!
//! ```
//! use memtwin_kernel::{Errno, Kernel, Tid, mmu::Config};
//!
//! let mut kernel = Kernel::new(Config::default());
//! let pid = kernel.spawn()?;
//! let mut task = kernel.task(Tid { pid, thread: 1 })?;
//! let (read_write, private_anonymous, no_file) = (3, 0x22, u64::MAX);
//! let map = task.mmap(0, 8192, read_write, private_anonymous, no_file, 0)?;
//! assert_eq!(map, 0x7fff_f7ff_d000);
//! assert_eq!(task.mmap(0, 0, read_write, private_anonymous, no_file, 0), Err(Errno::EINVAL));
//! assert!(task.store(map, 1, 8).is_ok() && task.load(map + 8192, 1).is_err());
//! # Ok::<(), Errno>(())
//! ```

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
