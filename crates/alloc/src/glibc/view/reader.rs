//! Reading chunks and arenas without a fault.

use crate::view::{HeapError, Peek};

use super::super::chunk::{SIZE, chunksize};
use super::super::libc::Glibc;
use super::super::state::{MAIN_ARENA, MainArena, NEXT};

/// What a list may hold before it is taken for endless.
const LONGEST: usize = 1 << 26;

/// The library's data and the process's memory.
pub(super) struct Reader<'a, P> {
    pub(super) lib: &'a Glibc,
    pub(super) peek: P,
}

impl<P: Peek> Reader<'_, P> {
    /// The word at an address of a chunk or an arena.
    pub(super) fn word(&self, addr: u64) -> Result<u64, HeapError> {
        match MainArena::offset(addr) {
            Some(offset) => Ok(self.lib.main.word(offset)),
            None => (self.peek)(addr).ok_or(HeapError::Unmapped(addr)),
        }
    }

    /// A chunk's size word.
    pub(super) fn size_word(&self, chunk: u64) -> Result<u64, HeapError> {
        self.word(chunk.wrapping_add(SIZE))
    }

    /// A chunk's size.
    pub(super) fn chunksize(&self, chunk: u64) -> Result<u64, HeapError> {
        Ok(chunksize(self.size_word(chunk)?))
    }

    /// The arenas in malloc_info's order.
    pub(super) fn arenas(&self) -> Result<Vec<u64>, HeapError> {
        self.follow(MAIN_ARENA, |arena| {
            let next = self.word(arena.wrapping_add(NEXT))?;
            Ok(if next == MAIN_ARENA { 0 } else { next })
        })
    }

    /// The elements of a list from `first` on; 0 ends it.
    pub(super) fn follow(
        &self,
        first: u64,
        next: impl Fn(u64) -> Result<u64, HeapError>,
    ) -> Result<Vec<u64>, HeapError> {
        let mut elements = Vec::new();
        let mut at = first;
        while at != 0 {
            if elements.len() >= LONGEST {
                return Err(HeapError::Endless(at));
            }
            elements.push(at);
            at = next(at)?;
        }
        Ok(elements)
    }
}
