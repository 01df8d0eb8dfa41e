//! The arenas.

use std::fmt;

use crate::view::{HeapError, Peek};

use super::super::heap::{HEAP_PREV, heap_for_ptr};
use super::super::libc::Glibc;
use super::super::state::{ATTACHED_THREADS, MAIN_ARENA, MAX_SYSTEM_MEM, SYSTEM_MEM, TOP};
use super::reader::Reader;

/// An arena.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArenaView {
    /// Its number: 0 is the main one, the others as malloc_info counts them.
    pub number: u32,
    /// Where its state is, `None` for the main arena, whose is in libc's data.
    pub addr: Option<u64>,
    /// Its top chunk, 0 before it has memory.
    pub top: u64,
    /// The top's bytes.
    pub top_bytes: u64,
    /// Bytes it has of the system.
    pub system_bytes: u64,
    /// The most it had.
    pub max_system_bytes: u64,
    /// How many threads it has.
    pub attached_threads: u64,
    /// The threads that allocate from it.
    pub threads: Vec<u32>,
    /// Its heaps, the latest first; the main arena has none.
    pub heaps: Vec<u64>,
}

impl fmt::Display for ArenaView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arena {}: {} bytes of the system, ", self.number, self.system_bytes)?;
        write!(f, "at most {}, top {:#x} of {}, threads", self.max_system_bytes, self.top, self.top_bytes)?;
        self.threads.iter().try_for_each(|thread| write!(f, " {thread}"))?;
        if !self.heaps.is_empty() {
            f.write_str(", heaps")?;
        }
        self.heaps.iter().try_for_each(|heap| write!(f, " {heap:#x}"))
    }
}

impl Glibc {
    /// The arenas, in malloc_info's order.
    ///
    /// # Errors
    /// An arena's state that cannot be read.
    pub fn arenas<P: Peek>(&self, peek: P) -> Result<Vec<ArenaView>, HeapError> {
        let reader = Reader { lib: self, peek };
        reader
            .arenas()?
            .iter()
            .enumerate()
            .map(|(number, &arena)| reader.arena(arena, number as u32))
            .collect()
    }
}

impl<P: Peek> Reader<'_, P> {
    fn arena(&self, arena: u64, number: u32) -> Result<ArenaView, HeapError> {
        let main = arena == MAIN_ARENA;
        let top = self.word(arena.wrapping_add(TOP))?;
        let placed = main && self.lib.regions.is_empty();
        let threads = self.lib.threads.iter().enumerate().filter(|(_, tls)| tls.arena == arena);
        Ok(ArenaView {
            number,
            addr: (!main).then_some(arena),
            top: if placed { 0 } else { top },
            top_bytes: self.chunksize(top)?,
            system_bytes: self.word(arena.wrapping_add(SYSTEM_MEM))?,
            max_system_bytes: self.word(arena.wrapping_add(MAX_SYSTEM_MEM))?,
            attached_threads: self.word(arena.wrapping_add(ATTACHED_THREADS))?,
            threads: threads.map(|(thread, _)| thread as u32).collect(),
            heaps: if main { Vec::new() } else { self.heaps(top)? },
        })
    }

    /// The heaps of an arena by its top, the latest first.
    pub(super) fn heaps(&self, top: u64) -> Result<Vec<u64>, HeapError> {
        self.follow(heap_for_ptr(top), |heap| self.word(heap.wrapping_add(HEAP_PREV)))
    }
}
