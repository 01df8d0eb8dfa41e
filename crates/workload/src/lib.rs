//! # memtwin-workload: what runs on the twin
//!
//! A [`Twin`] joins the kernel's processes with their mallocs; a [`Runner`] reads the scenario language from any reader and runs it on
//! a twin, line by line; a [`Report`](report::Report) says where the page faults came from.
//!
//! ```text
//!   "p = malloc(100)"                     your code
//!      | syntax: call, arguments, names      |
//!      v                                     |
//!   Runner: the table of calls               |
//!      |                                     v
//!      +------------------------------->  Twin
//!                                           kernel    the machine and its processes (memtwin-kernel)
//!                                           heaps     a malloc a process            (memtwin-alloc)
//!                                           trace     what the mallocs asked of the kernel
//!      v                                     |
//!   "p = malloc(100) -> 0x5555555592a0 minflt=1"
//!                                            v
//!                                         Report: faults by cause, owner, call and mapping; heap, TLB, time
//! ```
//!
//! ```
//! use memtwin_workload::{Options, Runner};
//!
//! let mut runner = Runner::new(Options::default());
//! let mut log = Vec::new();
//! runner.line(1, "load(0x1000)  # nothing is there", &mut log)?;
//! assert_eq!(log, b"load(0x1000) -> SIGSEGV SEGV_MAPERR 0x1000\n");
//! # Ok::<(), memtwin_workload::RunError>(())
//! ```

pub mod calls;
pub mod compare;
mod error;
mod libc;
mod malloc_setup;
mod outcomes;
pub mod policies;
mod program;
pub mod refs;
pub mod report;
mod runner;
mod similar;
pub mod source;
pub mod support;
pub mod syntax;
pub mod trace;
mod twin;

pub use error::{Refused, RunError};
pub use malloc_setup::MallocSetup;
pub use memtwin_alloc::{GlibcVersion, MallocKind, UnmodelledVersion};
pub use memtwin_kernel::Pid;
pub use memtwin_kernel::mmu::cost;
pub use memtwin_kernel::mmu::paging as mmu;
pub use program::Program;
pub use runner::{Options, Runner};
pub use similar::{did_you_mean, similar};
pub use twin::{CallError, Twin};
