//! Where a heap's bytes are, and how much of it is fragmentation.

use std::fmt;

use super::{Chunk, ChunkState};

/// A heap in figures; all bytes but where a name says otherwise. What the arenas have is the sum of the first seven.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HeapSummary {
    /// Asked for by the program, in chunks that are not mappings.
    pub requested_bytes: u64,
    /// Headers of chunks in use.
    pub header_bytes: u64,
    /// Given beyond what was asked for: alignment, the least size.
    pub padding_bytes: u64,
    /// The library's own: tcaches and fences.
    pub internal_bytes: u64,
    /// Free, but kept for their size by tcaches and fastbins.
    pub cached_bytes: u64,
    /// Free, in bins.
    pub free_bytes: u64,
    /// In tops.
    pub top_bytes: u64,
    /// Chunks that are mappings of their own.
    pub mapped_bytes: u64,
    /// Asked for by the program in these.
    pub mapped_requested_bytes: u64,
    /// The largest free chunk, a top included.
    pub largest_free_bytes: u64,
    /// Free or cached below the highest chunk in use of the main arena: what no lowering of the break gives back.
    pub untrimmable_bytes: u64,
    /// The highest chunk in use of the main arena: it pins what is below.
    pub pinned_by: Option<u64>,
}

/// Bytes of a header.
const HEADER: u64 = 8;

impl HeapSummary {
    pub(crate) fn of(chunks: &[Chunk]) -> Self {
        let mut summary = Self::default();
        let highest = chunks.iter().rev().find(|c| c.arena == 0 && c.state == ChunkState::InUse);
        summary.pinned_by = highest.map(|chunk| chunk.addr);
        for chunk in chunks {
            summary.add(chunk);
            let free = chunk.state.is_free() || chunk.state.is_cached();
            if free && chunk.arena == 0 && summary.pinned_by.is_some_and(|pin| chunk.addr < pin) {
                summary.untrimmable_bytes += chunk.size;
            }
        }
        summary
    }

    fn add(&mut self, chunk: &Chunk) {
        match chunk.state {
            ChunkState::InUse => self.add_in_use(chunk),
            ChunkState::Mapped => {
                self.mapped_bytes += chunk.size;
                self.mapped_requested_bytes += chunk.requested.unwrap_or_default();
            }
            ChunkState::Internal | ChunkState::Fence => self.internal_bytes += chunk.size,
            ChunkState::Tcache | ChunkState::Fast => self.cached_bytes += chunk.size,
            ChunkState::Top => self.top_bytes += chunk.size,
            _ => self.free_bytes += chunk.size,
        }
        if chunk.state.is_free() || chunk.state == ChunkState::Top {
            self.largest_free_bytes = self.largest_free_bytes.max(chunk.size);
        }
    }

    /// A chunk in use that no block of the program's is in was leaked by the library (a dead thread's, after a fork).
    fn add_in_use(&mut self, chunk: &Chunk) {
        let Some(requested) = chunk.requested else {
            self.internal_bytes += chunk.size;
            return;
        };
        let header = HEADER.min(chunk.size);
        self.requested_bytes += requested;
        self.header_bytes += header;
        self.padding_bytes += (chunk.size - header).saturating_sub(requested);
    }

    /// Internal fragmentation: the part of the chunks in use that was not asked for, 0 to 1.
    pub fn internal_fragmentation(&self) -> f64 {
        let overhead = self.header_bytes + self.padding_bytes;
        part(overhead, overhead + self.requested_bytes)
    }

    /// External fragmentation: the part of the free memory that is not in the largest free chunk, 0 to 1.
    pub fn external_fragmentation(&self) -> f64 {
        let free = self.cached_bytes + self.free_bytes + self.top_bytes;
        part(free - self.largest_free_bytes.min(free), free)
    }
}

fn part(of: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { of as f64 / whole as f64 }
}

impl fmt::Display for HeapSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "asked for {}, headers {}, padding {}, internal {}, cached {}, free {}, top {}, mapped {}; internal \
             fragmentation {:.1} %, external {:.1} %; untrimmable {}",
            self.requested_bytes,
            self.header_bytes,
            self.padding_bytes,
            self.internal_bytes,
            self.cached_bytes,
            self.free_bytes,
            self.top_bytes,
            self.mapped_bytes,
            100.0 * self.internal_fragmentation(),
            100.0 * self.external_fragmentation(),
            self.untrimmable_bytes
        )
    }
}
