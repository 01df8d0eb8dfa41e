//! The walk through a heap, header by header.

use std::collections::BTreeMap;

use crate::view::{Chunk, ChunkState, HeapError, HeapView, Peek};

use super::super::chunk::{
    CHUNK_HDR_SZ, IS_MMAPPED, MALLOC_ALIGN_MASK, MALLOC_ALIGNMENT, MINSIZE, align_up, chunk2mem, chunksize,
    mem2chunk,
};
use super::super::heap::HEAP_PREV;
use super::super::libc::Glibc;
use super::super::state::{ARENA_BYTES, MAIN_ARENA, TOP};
use super::lists::ListView;
use super::reader::Reader;

/// What is known of chunks from elsewhere than their headers.
struct Known {
    listed: BTreeMap<u64, Chunk>,
    tcaches: Vec<u64>,
}

impl Glibc {
    /// All chunks in address order, those that are mappings among them.
    pub(in super::super) fn walk<P: Peek>(&self, peek: P) -> Result<HeapView, HeapError> {
        let lists = self.lists(&peek)?;
        let reader = Reader { lib: self, peek };
        let known = Known {
            listed: lists.iter().flat_map(listed).collect(),
            tcaches: self.threads.iter().map(|tls| mem2chunk(tls.tcache)).collect(),
        };
        let mut chunks = Vec::new();
        for (number, &arena) in reader.arenas()?.iter().enumerate() {
            reader.walk_arena(arena, number as u32, &known, &mut chunks)?;
        }
        reader.add_mapped(&mut chunks)?;
        chunks.sort_by_key(|chunk| chunk.addr);
        Ok(HeapView { chunks })
    }
}

/// The chunks of a list; their sizes are for the walk to find.
fn listed(list: &ListView) -> impl Iterator<Item = (u64, Chunk)> + '_ {
    let chunk = move |&addr: &u64| Chunk {
        addr,
        size: 0,
        state: list.state,
        bin: Some(list.bin),
        arena: list.arena,
        thread: list.thread,
        requested: None,
    };
    list.chunks.iter().map(move |addr| (*addr, chunk(addr)))
}

impl<P: Peek> Reader<'_, P> {
    fn walk_arena(
        &self,
        arena: u64,
        number: u32,
        known: &Known,
        into: &mut Vec<Chunk>,
    ) -> Result<(), HeapError> {
        let top = self.word(arena.wrapping_add(TOP))?;
        let starts = if arena == MAIN_ARENA { self.lib.regions.clone() } else { self.heap_starts(top)? };
        starts.into_iter().try_for_each(|start| self.walk_region(start, top, number, known, into))
    }

    /// Where the chunks of each heap start: behind the arena's state in its first one.
    fn heap_starts(&self, top: u64) -> Result<Vec<u64>, HeapError> {
        let start = |heap: u64| {
            let first = self.word(heap.wrapping_add(HEAP_PREV))? == 0;
            let info = heap.wrapping_add(self.lib.rules.heap_info_bytes);
            Ok(if first { align_up(info.wrapping_add(ARENA_BYTES), MALLOC_ALIGNMENT) } else { info })
        };
        self.heaps(top)?.into_iter().map(start).collect()
    }

    /// From a chunk to the top, or to the fence that ends its region.
    fn walk_region(
        &self,
        start: u64,
        top: u64,
        arena: u32,
        known: &Known,
        into: &mut Vec<Chunk>,
    ) -> Result<(), HeapError> {
        let mut addr = start;
        loop {
            let size = self.chunksize(addr)?;
            if addr != top && size <= CHUNK_HDR_SZ {
                into.push(Chunk {
                    state: ChunkState::Fence,
                    ..self.chunk(addr, 2 * CHUNK_HDR_SZ, arena, known)
                });
                return Ok(());
            }
            if size < MINSIZE || size & MALLOC_ALIGN_MASK != 0 || size > i64::MAX as u64 {
                return Err(HeapError::Size(addr, size));
            }
            if addr == top {
                into.push(Chunk { state: ChunkState::Top, ..self.chunk(addr, size, arena, known) });
                return Ok(());
            }
            into.push(self.chunk(addr, size, arena, known));
            addr = addr.wrapping_add(size);
        }
    }

    fn chunk(&self, addr: u64, size: u64, arena: u32, known: &Known) -> Chunk {
        if let Some(listed) = known.listed.get(&addr) {
            return Chunk { size, arena, ..*listed };
        }
        let state = if known.tcaches.contains(&addr) { ChunkState::Internal } else { ChunkState::InUse };
        let requested = self.requested(addr, size);
        Chunk { addr, size, state, bin: None, arena, thread: None, requested }
    }

    /// memalign's blocks start where their chunks do, too.
    fn requested(&self, addr: u64, size: u64) -> Option<u64> {
        self.lib.account.size(chunk2mem(addr)).filter(|&requested| requested <= size)
    }

    /// Live blocks whose header says that they are mappings; the chunk is what the mapping holds, to its start.
    fn add_mapped(&self, into: &mut Vec<Chunk>) -> Result<(), HeapError> {
        for (mem, requested) in self.lib.account.live() {
            let addr = mem2chunk(mem);
            let word = self.size_word(addr)?;
            if word & IS_MMAPPED != 0 {
                let lead = self.word(addr)?;
                let size = chunksize(word).wrapping_add(lead);
                let state = ChunkState::Mapped;
                let addr = addr.wrapping_sub(lead);
                into.push(Chunk {
                    addr,
                    size,
                    state,
                    bin: None,
                    arena: 0,
                    thread: None,
                    requested: Some(requested),
                });
            }
        }
        Ok(())
    }
}
