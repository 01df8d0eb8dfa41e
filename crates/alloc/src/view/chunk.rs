//! A piece of heap.

use std::fmt;

/// What a chunk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChunkState {
    /// The program's.
    InUse,
    /// The library's own: a thread's tcache.
    Internal,
    /// Free, in a thread's tcache.
    Tcache,
    /// Free, in a fastbin.
    Fast,
    /// Free, in the unsorted bin.
    Unsorted,
    /// Free, in a small bin.
    Small,
    /// Free, in a large bin.
    Large,
    /// Free, on the one list of a textbook allocator.
    Free,
    /// The end of an arena, from which new chunks are cut.
    Top,
    /// A mapping of its own, the program's.
    Mapped,
    /// What ends an area: too small to be free, always in use.
    Fence,
}

impl ChunkState {
    /// Its name in texts.
    pub fn name(self) -> &'static str {
        match self {
            Self::InUse => "in use",
            Self::Internal => "internal",
            Self::Tcache => "tcache",
            Self::Fast => "fast",
            Self::Unsorted => "unsorted",
            Self::Small => "small",
            Self::Large => "large",
            Self::Free => "free",
            Self::Top => "top",
            Self::Mapped => "mapped",
            Self::Fence => "fence",
        }
    }

    /// Free, but set aside for requests of its own size: not merged, and in use as far as its neighbours know.
    pub fn is_cached(self) -> bool {
        matches!(self, Self::Tcache | Self::Fast)
    }

    /// Free for any request that it fits.
    pub fn is_free(self) -> bool {
        matches!(self, Self::Unsorted | Self::Small | Self::Large | Self::Free)
    }
}

/// A piece of heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Where it starts: its header, not the block.
    pub addr: u64,
    /// Its bytes, header included.
    pub size: u64,
    /// What it is.
    pub state: ChunkState,
    /// The number of its bin, for what is in one of several: tcache and fastbins count from 0, the others from 1.
    pub bin: Option<u32>,
    /// Its arena: 0 is the main one, the others as malloc_info counts them.
    pub arena: u32,
    /// The thread in whose tcache it is.
    pub thread: Option<u32>,
    /// Bytes the program asked for, if it is in use.
    pub requested: Option<u64>,
}

impl Chunk {
    /// The address behind it.
    pub fn end(&self) -> u64 {
        self.addr.wrapping_add(self.size)
    }
}

impl fmt::Display for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x} {:>8} arena {} {}", self.addr, self.size, self.arena, self.state.name())?;
        if let Some(bin) = self.bin {
            write!(f, " bin {bin}")?;
        }
        if let Some(thread) = self.thread {
            write!(f, " thread {thread}")?;
        }
        if let Some(requested) = self.requested {
            write!(f, " ({requested} asked for)")?;
        }
        Ok(())
    }
}
