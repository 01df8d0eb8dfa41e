//! A free list with boundary tags (Knuth, The Art of Computer Programming 1, 2.5): fit, splitting, coalescing by choice.

use memtwin_kernel::Signal;
use serde::{Deserialize, Serialize};

use crate::{ChunkState, HeapError, HeapView, Os, Peek};

use super::core::{ALIGN, Core};
use super::policy::FreeListConfig;
use super::search::List;
use super::serve::Serve;
use super::tags::{IN_USE, MIN_PIECE, Piece, TAG, write_border};

/// See the file's head.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FreeList {
    core: Core,
    config: FreeListConfig,
    list: List,
    /// The end of the area at the break, behind its border tag; 0 for none.
    end: u64,
    /// Where each area's first piece is.
    areas: Vec<u64>,
}

impl FreeList {
    /// An allocator that has no memory yet.
    pub fn new(config: FreeListConfig) -> Self {
        Self { core: Core::default(), config, list: List::default(), end: 0, areas: Vec::new() }
    }

    /// More memory: it continues the last area, or is one of its own where the break was moved by others.
    fn grow<O: Os>(&mut self, os: &mut O, size: u64) -> Result<bool, Signal> {
        let Some(room) = size.checked_add(ALIGN + 2 * TAG) else { return Ok(false) };
        let Some(start) = self.core.grow(os, room) else { return Ok(false) };
        let at = if start == self.end {
            start - TAG
        } else {
            let border = start.next_multiple_of(ALIGN);
            write_border(os, border)?;
            self.areas.push(border + TAG);
            border + TAG
        };
        self.end = self.core.brk / ALIGN * ALIGN;
        write_border(os, self.end - TAG)?;
        let piece = Piece { at, size: self.end - TAG - at };
        self.release_piece(os, piece)?;
        Ok(true)
    }

    fn release_piece<O: Os>(&mut self, os: &mut O, mut piece: Piece) -> Result<(), Signal> {
        if self.config.coalesce {
            if let Some(behind) = piece.free_behind(os)? {
                self.list.remove(os, behind)?;
                piece.size = piece.size.wrapping_add(behind.size);
            }
            if let Some(before) = piece.free_before(os)? {
                self.list.remove(os, before)?;
                piece = Piece { at: before.at, size: before.size.wrapping_add(piece.size) };
            }
        }
        piece.write(os, false)?;
        self.list.insert(os, piece)
    }

    /// A piece of at least `size` bytes, off the list.
    fn take<O: Os>(&mut self, os: &mut O, size: u64) -> Result<Option<Piece>, Signal> {
        let mut found = self.list.search(os, self.config.fit, size)?;
        if found.is_none() && self.grow(os, size)? {
            found = self.list.search(os, self.config.fit, size)?;
        }
        if let Some(piece) = found {
            self.list.remove(os, piece)?;
        }
        Ok(found)
    }

    /// Cuts off what is before the first aligned block in a piece.
    fn cut_front<O: Os>(&mut self, os: &mut O, piece: Piece, align: u64) -> Result<Piece, Signal> {
        let mut front = piece.block().wrapping_neg() & (align - 1);
        if front != 0 && front < MIN_PIECE {
            front += align.max(MIN_PIECE);
        }
        if front == 0 {
            return Ok(piece);
        }
        let rest = Piece { at: piece.at.wrapping_add(front), size: piece.size.wrapping_sub(front) };
        rest.write(os, true)?;
        self.release_piece(os, Piece { at: piece.at, size: front })?;
        Ok(rest)
    }

    /// Cuts off what a piece has too much, if the rules split.
    fn cut_back<O: Os>(&mut self, os: &mut O, piece: Piece, size: u64) -> Result<Piece, Signal> {
        let rest = piece.size.wrapping_sub(size);
        if !self.config.split || rest < MIN_PIECE {
            return Ok(piece);
        }
        let kept = Piece { at: piece.at, size };
        kept.write(os, true)?;
        self.release_piece(os, Piece { at: kept.end(), size: rest })?;
        Ok(kept)
    }
}

impl Serve for FreeList {
    fn core(&self) -> &Core {
        &self.core
    }

    fn core_mut(&mut self) -> &mut Core {
        &mut self.core
    }

    fn allocate<O: Os>(&mut self, os: &mut O, size: u64, align: u64) -> Result<Option<u64>, Signal> {
        let padded = size.checked_add(2 * TAG).and_then(|size| size.checked_next_multiple_of(ALIGN));
        let Some(need) = padded.map(|size| size.max(MIN_PIECE)) else { return Ok(None) };
        let spare = if align > ALIGN { align.saturating_add(MIN_PIECE) } else { 0 };
        let Some(room) = need.checked_add(spare) else { return Ok(None) };
        let Some(piece) = self.take(os, room)? else { return Ok(None) };
        let piece = if align > ALIGN { self.cut_front(os, piece, align)? } else { piece };
        let piece = self.cut_back(os, piece, need)?;
        piece.write(os, true)?;
        Ok(Some(piece.block()))
    }

    fn release<O: Os>(&mut self, os: &mut O, addr: u64) -> Result<(), Signal> {
        let piece = Piece::of_block(os, addr)?;
        self.release_piece(os, piece)
    }

    fn usable<O: Os>(&mut self, os: &mut O, addr: u64) -> Result<u64, Signal> {
        Ok(Piece::of_block(os, addr)?.size.saturating_sub(2 * TAG))
    }

    fn view<P: Peek>(&self, peek: P) -> Result<HeapView, HeapError> {
        let mut chunks = Vec::new();
        for &area in &self.areas {
            let mut at = area;
            loop {
                let tag = peek(at).ok_or(HeapError::Unmapped(at))?;
                let (size, in_use) = (tag & !IN_USE, tag & IN_USE != 0);
                if size == 0 {
                    break;
                }
                if size > i64::MAX as u64 {
                    return Err(HeapError::Size(at, size));
                }
                let state = if in_use { ChunkState::InUse } else { ChunkState::Free };
                chunks.push(self.core.chunk(at, size, at + TAG, state));
                at += size;
            }
        }
        Ok(HeapView { chunks })
    }

    fn free_bytes<O: Os>(&mut self, os: &mut O) -> Result<(u64, u64), Signal> {
        self.list.total(os)
    }
}
