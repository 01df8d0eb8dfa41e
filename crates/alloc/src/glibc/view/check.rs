//! The recount: lists, in-use bits, counts and live blocks, from scratch.

use std::collections::BTreeMap;

use crate::view::{Chunk, ChunkState, HeapError, HeapView, Peek};

use super::super::chunk::{PREV_INUSE, mem2chunk};
use super::super::libc::Glibc;
use super::lists::ListView;
use super::reader::Reader;

impl Glibc {
    /// Does the heap hold together, and do the accounts agree with it?
    ///
    /// # Errors
    /// The first thing that does not; after a program that overwrote the heap, that is to be expected.
    pub fn check<P: Peek>(&self, peek: P) -> Result<(), HeapError> {
        let lists = self.lists(&peek)?;
        let view = self.walk(&peek)?;
        let reader = Reader { lib: self, peek };
        lists.iter().try_for_each(check_count)?;
        check_listed(&lists, &view)?;
        reader.check_bits(&view)?;
        self.check_live(&view)
    }

    /// Each live block is in a chunk in use that has room for it.
    fn check_live(&self, view: &HeapView) -> Result<(), HeapError> {
        let by_addr: BTreeMap<u64, &Chunk> = view.chunks.iter().map(|chunk| (chunk.addr, chunk)).collect();
        let holds = |mem: u64, size: u64| {
            let chunk = by_addr.range(..=mem2chunk(mem)).next_back().map(|(_, chunk)| **chunk);
            chunk.is_some_and(|chunk| {
                let own = chunk.state == ChunkState::InUse && chunk.addr == mem2chunk(mem);
                let tail = if own { 8 } else { 0 };
                (own || chunk.state == ChunkState::Mapped)
                    && mem.wrapping_add(size) <= chunk.end().wrapping_add(tail)
            })
        };
        match self.account.live().find(|&(mem, size)| !holds(mem, size)) {
            Some((mem, _)) => Err(HeapError::Lost(mem)),
            None => Ok(()),
        }
    }
}

fn check_count(list: &ListView) -> Result<(), HeapError> {
    let found = list.chunks.len() as u64;
    match (list.counted, list.thread) {
        (Some(counted), Some(thread)) if counted != found => {
            Err(HeapError::Count { thread, list: list.bin, counted, found })
        }
        _ => Ok(()),
    }
}

/// Each chunk of a list is one of the walk's, and in one list only.
fn check_listed(lists: &[ListView], view: &HeapView) -> Result<(), HeapError> {
    let mut free: BTreeMap<u64, ChunkState> =
        view.chunks.iter().map(|chunk| (chunk.addr, chunk.state)).collect();
    for list in lists {
        for chunk in &list.chunks {
            if free.remove(chunk) != Some(list.state) {
                return Err(HeapError::Stray(*chunk));
            }
        }
    }
    Ok(())
}

impl<P: Peek> Reader<'_, P> {
    /// A chunk in a bin is known to its follower as free, with its size; every other one as in use.
    fn check_bits(&self, view: &HeapView) -> Result<(), HeapError> {
        let inside =
            |chunk: &&Chunk| !matches!(chunk.state, ChunkState::Top | ChunkState::Fence | ChunkState::Mapped);
        for chunk in view.chunks.iter().filter(inside) {
            let in_use = self.size_word(chunk.end())? & PREV_INUSE != 0;
            let noted = in_use || self.word(chunk.end())? == chunk.size;
            if in_use == chunk.state.is_free() || !noted {
                return Err(HeapError::InUseBit(chunk.addr));
            }
        }
        Ok(())
    }
}
