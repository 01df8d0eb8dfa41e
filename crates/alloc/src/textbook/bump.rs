//! The bump allocator of a textbook's first page: a pointer that goes up, and a free that does nothing.
//!
//! A word before each block keeps its size, for realloc.

use memtwin_kernel::Signal;
use serde::{Deserialize, Serialize};

use crate::{ChunkState, HeapError, HeapView, Os, Peek};

use super::core::Core;
use super::serve::Serve;

/// Bytes of the word that keeps a block's size.
const HEADER: u64 = 8;

/// See the file's head.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Bump {
    core: Core,
    next: u64,
    end: u64,
}

impl Bump {
    /// An allocator that has no memory yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Where a block would start and end behind `next`.
    fn place(next: u64, size: u64, align: u64) -> Option<(u64, u64)> {
        let mem = next.checked_add(HEADER)?.checked_next_multiple_of(align)?;
        Some((mem, mem.checked_add(size.max(1))?))
    }

    /// More memory; if somebody else moved the break, what was left before is lost.
    fn grow<O: Os>(&mut self, os: &mut O, size: u64, align: u64) -> Option<()> {
        let room = size.checked_add(align)?.checked_add(HEADER)?;
        let start = self.core.grow(os, room)?;
        if start != self.end {
            self.next = start;
        }
        self.end = self.core.brk;
        Some(())
    }
}

impl Serve for Bump {
    fn core(&self) -> &Core {
        &self.core
    }

    fn core_mut(&mut self) -> &mut Core {
        &mut self.core
    }

    fn allocate<O: Os>(&mut self, os: &mut O, size: u64, align: u64) -> Result<Option<u64>, Signal> {
        let fits = |bump: &Self| Self::place(bump.next, size, align).filter(|&(_, end)| end <= bump.end);
        if fits(self).is_none() && self.grow(os, size, align).is_none() {
            return Ok(None);
        }
        let Some((mem, end)) = fits(self) else { return Ok(None) };
        os.store64(mem - HEADER, size)?;
        self.next = end;
        Ok(Some(mem))
    }

    fn release<O: Os>(&mut self, _os: &mut O, _addr: u64) -> Result<(), Signal> {
        Ok(())
    }

    fn usable<O: Os>(&mut self, os: &mut O, addr: u64) -> Result<u64, Signal> {
        os.load64(addr.wrapping_sub(HEADER))
    }

    /// What lies between the blocks that live will not be used again.
    fn view<P: Peek>(&self, _peek: P) -> Result<HeapView, HeapError> {
        let mut chunks = Vec::new();
        let mut at = self.core.start;
        for (mem, size) in self.core.account.live() {
            let (start, end) = (mem.wrapping_sub(HEADER), mem.wrapping_add(size.max(1)));
            if start > at {
                chunks.push(self.core.chunk(at, start - at, 0, ChunkState::Free));
            }
            chunks.push(self.core.chunk(start, end.wrapping_sub(start), mem, ChunkState::InUse));
            at = end;
        }
        if self.end > at {
            chunks.push(self.core.chunk(at, self.end - at, 0, ChunkState::Top));
        }
        Ok(HeapView { chunks })
    }

    fn free_bytes<O: Os>(&mut self, _os: &mut O) -> Result<(u64, u64), Signal> {
        Ok((self.end - self.next, 1))
    }
}
