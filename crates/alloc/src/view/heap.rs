//! All chunks of a heap.

use std::fmt;

use super::{Chunk, HeapSummary};

/// A heap's chunks in address order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeapView {
    /// The chunks.
    pub chunks: Vec<Chunk>,
}

/// Why a heap cannot be read: what the program, or the simulator, made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeapError {
    /// A header or a link leads to where nothing is mapped.
    #[error("nothing is mapped at {0:#x}")]
    Unmapped(u64),
    /// A chunk's size is not one a chunk can have.
    #[error("the chunk at {0:#x} has size {1:#x}")]
    Size(u64, u64),
    /// A list does not end.
    #[error("a list that leads through {0:#x} does not end")]
    Endless(u64),
    /// A chunk in a list does not start where a chunk starts, or is in two.
    #[error("{0:#x} is in a list, but no free chunk of it")]
    Stray(u64),
    /// A chunk that is free says otherwise, or the contrary.
    #[error("the chunk at {0:#x} and its neighbour do not agree on whether it is in use")]
    InUseBit(u64),
    /// A list's count differs from its length.
    #[error("the tcache of thread {thread} counts {counted} blocks in list {list}, which has {found}")]
    Count {
        /// Whose tcache.
        thread: u32,
        /// Which list.
        list: u32,
        /// What it counts.
        counted: u64,
        /// What it has.
        found: u64,
    },
    /// A block that lives is not in use, or too small.
    #[error("the block at {0:#x} lives, but no chunk in use holds it")]
    Lost(u64),
    /// The chunks of an arena do not add up to what it has of the system.
    #[error("arena {arena} has {system} bytes of the system, its chunks make {found}")]
    Total {
        /// Which arena.
        arena: u32,
        /// What it accounts for.
        system: u64,
        /// What there is.
        found: u64,
    },
}

impl HeapView {
    /// The figures.
    pub fn summary(&self) -> HeapSummary {
        HeapSummary::of(&self.chunks)
    }
}

impl fmt::Display for HeapView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chunks.iter().try_for_each(|chunk| writeln!(f, "{chunk}"))
    }
}
