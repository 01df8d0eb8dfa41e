//! A heap as data: its chunks in address order with what each is, and figures made from them.
//!
//! The views read memory by a `peek` that faults nothing in and leaves no trace; all `Display` texts are stable.

mod chunk;
mod heap;
mod summary;

pub use chunk::{Chunk, ChunkState};
pub use heap::{HeapError, HeapView};
pub use summary::HeapSummary;

/// Reads the 8 bytes at an address without a fault; `None` where nothing is mapped.
pub trait Peek: Fn(u64) -> Option<u64> {}

impl<F: Fn(u64) -> Option<u64>> Peek for F {}
