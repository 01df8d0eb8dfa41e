//! **memtwin** is a twin of Linux memory: the MMU, the kernel's memory manager and the C library's malloc, as plain
//! deterministic Rust. The same calls and accesses give the same addresses, the same errors, the same /proc text and the same
//! page faults as on a real Linux, and each fault is known by its cause and its owner.
//!
//! ```
//! use memtwin::{Config, Twin};
//!
//! // A machine with 64 MiB and a process on it.
//! let mut config = Config::default();
//! config.ram_bytes = 64 << 20;
//! let mut twin = Twin::new(config);
//! let pid = twin.spawn()?;
//!
//! // Its C library, its system calls, its loads and stores.
//! let mut process = twin.process(pid)?;
//! let block = process.malloc(100)?;
//! assert_eq!(block, 0x5555_5555_92a0);
//! process.task.store(block, 42, 8)?;
//! let (read_write, private_anonymous, no_file) = (3, 0x22, u64::MAX);
//! let map = process.task.mmap(0, 1 << 16, read_write, private_anonymous, no_file, 0)?;
//! assert_eq!(process.task.load(map, 8)?, 0);
//! process.task.store(map, 7, 1)?;
//!
//! // Who caused which page fault: malloc's first header, the zero page, the write to it.
//! let ledger = &twin.kernel.machine.ledger;
//! assert_eq!(ledger.minflt, 3);
//! let causes: Vec<String> = ledger.by_cause().keys().map(|cause| format!("{cause:?}")).collect();
//! assert_eq!(causes, ["AnonWrite", "ZeroPage", "ZeroToFrame"]);
//!
//! // A branch goes on by itself from here; memory is copied where one of the two writes it.
//! let mut other = twin.branch();
//! other.process(pid)?.task.munmap(map, 1 << 16)?;
//! assert!(other.process(pid)?.task.load(map, 1).is_err());
//! assert_eq!(twin.process(pid)?.task.load(map, 1)?, 7);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The [`guide`] goes on from here: a test of memory behaviour, explained page faults, experiments that branch, a reclaim policy
//! and an allocator of one's own.
//!
//! # The house
//!
//! ```text
//!   scenario, trace, your own code            workload   scenarios, Twin, Program, reports
//!     malloc                                  alloc      glibc's ptmalloc2, textbook allocators, yours
//!       brk, mmap, mprotect, …                kernel     processes, threads, files, /proc
//!         load, store                         mmu        TLB -> page walk -> page-table entry
//!           fault -> VMA -> anonymous | file | copy-on-write | swap
//!             -> frames -> watermarks -> kswapd, direct reclaim -> OOM killer
//!   each fault once in the ledger: cause, owner, call, mapping
//!
//!   State, Difference, Session, Samples, ask  lab        looking at all this
//!   the same scenario on a real Linux         oracle     (memtwin verify)
//! ```
//!
//! [`State::of`] is what a machine looks like as text, for snapshot tests; [`testing`] has what such tests repeat.
//! A [`Session`] is a scenario's run that can be branched, saved and gone on with; the command `memtwin` runs scenarios from files. Each
//! room has its own crate, whose front page teaches its model: [`mmu`], [`kernel`], [`alloc`], [`workload`], [`lab`].

pub mod guide;

pub use memtwin_alloc as alloc;
pub use memtwin_kernel as kernel;
pub use memtwin_lab as lab;
pub use memtwin_lab::testing;
pub use memtwin_mmu as mmu;
pub use memtwin_workload as workload;

pub use memtwin_kernel::{Errno, Kernel, Pid, Signal, Task, Tid};
pub use memtwin_lab::{Difference, Sections, Session, State};
pub use memtwin_mmu::{Config, Machine};
pub use memtwin_workload::{Program, Runner, Twin};

/// The README's example, run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
