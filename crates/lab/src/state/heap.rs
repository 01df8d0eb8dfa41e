//! A heap: its chunks, neighbours alike folded, and its lists of free chunks.

use std::collections::BTreeMap;

use memtwin_alloc::{AnyMalloc, Chunk, ChunkState, HeapView, Malloc};
use memtwin_kernel::mmu::VirtAddr;
use memtwin_kernel::{Errno, Pid};
use memtwin_workload::Twin;
use serde::Serialize;

use super::Sections;
use crate::Place;
use crate::place::Places;

/// A heap.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct HeapState {
    /// Every chunk, lowest first.
    #[serde(skip)]
    pub(crate) chunks: Vec<Chunk>,
    /// The same, neighbours alike folded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) runs: Option<Vec<ChunkRun>>,
    /// Lists that are not empty, the chunk that is taken next first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lists: Option<BTreeMap<String, Vec<Place>>>,
    /// Why the heap cannot be read: the program overwrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) broken: Option<String>,
}

/// Chunks side by side of one size and state.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ChunkRun {
    /// The header of the first.
    pub(crate) start: Place,
    /// How many.
    pub(crate) chunks: u64,
    /// Bytes of each, header included.
    pub(crate) bytes: u64,
    /// What they are: `in use`, `tcache[1]`, `top`.
    pub(crate) what: String,
    /// The least and the most that the program asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) asked: Option<(u64, u64)>,
}

impl HeapState {
    pub(super) fn of(twin: &Twin, pid: Pid, sections: Sections, places: &Places) -> Result<HeapState, Errno> {
        let heap = twin.heap(pid)?;
        let mm = twin.kernel.process(pid)?.mm;
        let peek = |addr| {
            let mut word = [0; 8];
            let read = twin.kernel.machine.peek(mm, VirtAddr::new(addr), &mut word);
            read.then(|| u64::from_le_bytes(word))
        };
        let lists = match heap {
            AnyMalloc::Glibc(glibc) if sections.contains(Sections::BINS) => Some(glibc.lists(peek)),
            _ => None,
        };
        let view = heap.heap_view(peek);
        let broken = view.as_ref().err().map(ToString::to_string);
        let HeapView { chunks } = view.unwrap_or_default();
        let runs = sections.contains(Sections::HEAP).then(|| ChunkRun::all(&chunks, places));
        let lists = lists.map(|lists| {
            let named = |list: memtwin_alloc::ListView| {
                let name = list_name(list.state, Some(list.bin), list.thread, list.arena);
                (name, list.chunks.iter().map(|chunk| places.at(*chunk)).collect())
            };
            lists.unwrap_or_default().into_iter().map(named).collect()
        });
        Ok(HeapState { chunks, runs, lists, broken })
    }
}

impl ChunkRun {
    fn all(chunks: &[Chunk], places: &Places) -> Vec<ChunkRun> {
        let mut runs: Vec<ChunkRun> = Vec::new();
        let mut end = 0;
        for chunk in chunks {
            let what = chunk_name(chunk);
            match runs.last_mut() {
                Some(run) if end == chunk.addr && run.bytes == chunk.size && run.what == what => {
                    run.add(chunk);
                }
                _ => runs.push(ChunkRun {
                    start: places.at(chunk.addr),
                    chunks: 1,
                    bytes: chunk.size,
                    what,
                    asked: chunk.requested.map(|bytes| (bytes, bytes)),
                }),
            }
            end = chunk.end();
        }
        runs
    }

    fn add(&mut self, chunk: &Chunk) {
        self.chunks += 1;
        self.asked = match (self.asked, chunk.requested) {
            (Some((least, most)), Some(bytes)) => Some((least.min(bytes), most.max(bytes))),
            (None, Some(bytes)) => Some((bytes, bytes)),
            (asked, None) => asked,
        };
    }
}

/// What a chunk is: `in use`, `tcache[1]`, `small[5] of arena 1`.
pub(crate) fn chunk_name(chunk: &Chunk) -> String {
    list_name(chunk.state, chunk.bin, chunk.thread, chunk.arena)
}

fn list_name(state: ChunkState, bin: Option<u32>, thread: Option<u32>, arena: u32) -> String {
    let mut name = state.name().to_owned();
    if let Some(bin) = bin.filter(|_| state != ChunkState::Unsorted) {
        name.push_str(&format!("[{bin}]"));
    }
    match thread {
        Some(thread) if thread > 1 => name.push_str(&format!(" of thread {thread}")),
        None if arena > 0 => name.push_str(&format!(" of arena {arena}")),
        _ => {}
    }
    name
}
