//! The lists of free chunks: tcaches, fastbins and bins.

use std::fmt;

use crate::view::{ChunkState, HeapError, Peek};

use super::super::bins::in_smallbin_range;
use super::super::chunk::{BK, FD, mem2chunk};
use super::super::config::TCACHE_MAX_BINS;
use super::super::fastbin::fastbin;
use super::super::libc::Glibc;
use super::super::state::{NBINS, NFASTBINS, bin_at};
use super::super::tcache::{COUNT_BYTES, ENTRIES};
use super::reader::Reader;

/// A list that is not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListView {
    /// Which kind.
    pub state: ChunkState,
    /// The arena, for bins and fastbins.
    pub arena: u32,
    /// The thread, for a tcache's.
    pub thread: Option<u32>,
    /// Its number: from 0 for tcaches and fastbins, from 1 (the unsorted bin) for bins.
    pub bin: u32,
    /// Its chunks' addresses, in the order in which they will be taken.
    pub chunks: Vec<u64>,
    /// What a tcache says their number is.
    pub counted: Option<u64>,
}

impl fmt::Display for ListView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.thread {
            Some(thread) => write!(f, "thread {thread} {} {}:", self.state.name(), self.bin)?,
            None => write!(f, "arena {} {} {}:", self.arena, self.state.name(), self.bin)?,
        }
        self.chunks.iter().try_for_each(|chunk| write!(f, " {chunk:#x}"))
    }
}

impl Glibc {
    /// The lists that are not empty: tcaches by thread, then each arena's fastbins and bins.
    ///
    /// # Errors
    /// A link that leads nowhere.
    pub fn lists<P: Peek>(&self, peek: P) -> Result<Vec<ListView>, HeapError> {
        let reader = Reader { lib: self, peek };
        let mut lists = Vec::new();
        for (thread, tls) in self.threads.iter().enumerate().filter(|(_, tls)| tls.tcache != 0) {
            for bin in 0..TCACHE_MAX_BINS {
                lists.push(reader.tcache_list(tls.tcache, thread as u32, bin)?);
            }
        }
        for (number, &arena) in reader.arenas()?.iter().enumerate() {
            for bin in 0..NFASTBINS {
                lists.push(reader.fast_list(arena, number as u32, bin)?);
            }
            for bin in 1..NBINS {
                lists.push(reader.bin_list(arena, number as u32, bin)?);
            }
        }
        lists.retain(|list| !list.chunks.is_empty() || list.counted.is_some_and(|counted| counted != 0));
        Ok(lists)
    }
}

impl<P: Peek> Reader<'_, P> {
    fn tcache_list(&self, tcache: u64, thread: u32, bin: u64) -> Result<ListView, HeapError> {
        let first = self.word(tcache + ENTRIES + 8 * bin)?;
        let blocks = self.follow(first, |mem| Ok(self.lib.rules.protect(mem, self.word(mem)?)))?;
        let at = tcache + COUNT_BYTES * bin;
        let counted = self.word(at / 8 * 8)? >> (at % 8 * 8) & 0xffff;
        Ok(ListView {
            state: ChunkState::Tcache,
            arena: 0,
            thread: Some(thread),
            bin: bin as u32,
            chunks: blocks.into_iter().map(mem2chunk).collect(),
            counted: Some(counted),
        })
    }

    fn fast_list(&self, arena: u64, number: u32, bin: u64) -> Result<ListView, HeapError> {
        let first = self.word(fastbin(arena, bin))?;
        let next = |chunk: u64| {
            let position = chunk.wrapping_add(FD);
            Ok(self.lib.rules.protect(position, self.word(position)?))
        };
        let chunks = self.follow(first, next)?;
        Ok(ListView {
            state: ChunkState::Fast,
            arena: number,
            thread: None,
            bin: bin as u32,
            chunks,
            counted: None,
        })
    }

    fn bin_list(&self, arena: u64, number: u32, bin: u64) -> Result<ListView, HeapError> {
        let head = bin_at(arena, bin);
        let before = |chunk: u64| {
            let before = self.word(chunk.wrapping_add(BK))?;
            Ok(if before == head { 0 } else { before })
        };
        let chunks = self.follow(before(head)?, before)?;
        let state = match bin {
            1 => ChunkState::Unsorted,
            _ if in_smallbin_range(bin * 16) => ChunkState::Small,
            _ => ChunkState::Large,
        };
        Ok(ListView { state, arena: number, thread: None, bin: bin as u32, chunks, counted: None })
    }
}
