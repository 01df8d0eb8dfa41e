//! The allocators of the textbooks, in emulated memory like the real one: a bump pointer, and free lists with boundary tags.
//!
//! They grow by sbrk alone, know no threads, and check nothing. Their addresses and faults are what their rules make them; no
//! real library stands behind them to compare with.

mod bump;
mod core;
mod free_list;
mod policy;
mod search;
mod serve;
mod tags;

pub use bump::Bump;
pub use free_list::FreeList;
pub use policy::{Fit, FreeListConfig};
