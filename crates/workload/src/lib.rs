//! # memtwin-workload: what runs on the twin
//!
//! A [`Twin`] joins the kernel's processes with their mallocs; a [`Runner`] reads the scenario language from any reader and runs it on
//! a twin, line by line; a [`Report`](report::Report) says where the page faults came from.
//!

pub mod calls;
mod libc;
pub mod refs;
pub mod report;
mod runner;
pub mod source;
pub mod support;
pub mod syntax;
pub mod trace;
mod twin;

pub use memtwin_alloc::MallocKind;
pub use runner::{Options, Refused, RunError, Runner};
pub use twin::{CallError, Program, Twin};
