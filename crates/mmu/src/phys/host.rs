//! The host bytes of frames. A frame that holds only zeroes has none.
//!
//! Bytes come in slots of a frame's size out of one arena. A slot's number counts pieces of 4 KiB, of which a frame of larger pages has
//! several, side by side. Slot 0 is never written and stands for every frame without bytes.
//! Slots are used again last in, first out, since the host's first touch of a page costs more than ten emulated faults; a
//! fresh slot is zero already and is not zeroed again. Which slot a frame has is kept in an array of its own that takes no
//! host memory where frames have no data.

use super::reserve::Reserve;
use super::window::Windows;
use crate::Pfn;

/// Bytes of the pieces that slots are counted in: the smallest page size.
pub const PIECE_BYTES: usize = 1 << PIECE_SHIFT;
pub(crate) const PIECE_SHIFT: u32 = 12;

const WORDS: usize = PIECE_BYTES / 8;
/// The slot of all frames without bytes.
const ZERO_SLOT: u32 = 0;

/// Host memory for frames with data.
#[derive(Debug)]
pub struct HostMem {
    /// Frames of the machine.
    total: u32,
    arena: Reserve,
    slot_of: Reserve,
    /// log2 of the pieces in a frame.
    pieces_shift: u32,
    /// Frames below this have a place in `slot_of`.
    known: usize,
    /// The end of the slots ever given out, the zero slot included.
    next: u32,
    /// Free slots that hold what their last frame left.
    dirty: Vec<u32>,
    /// Free slots that hold zeroes.
    clean: Vec<u32>,
    /// Where the running address space shows slots; kept true here, opened by accesses.
    pub(crate) windows: Windows,
}

impl HostMem {
    /// No bytes yet, for a machine of `total` frames of 2^`page_shift` bytes.
    pub fn new(total: u32, page_shift: u32) -> HostMem {
        let frames = total as usize;
        let pieces_shift = page_shift - PIECE_SHIFT;
        HostMem {
            total,
            arena: Reserve::new((frames + 1) << page_shift, true),
            slot_of: Reserve::new(frames.div_ceil(WORDS) * WORDS * 4, false),
            pieces_shift,
            known: 0,
            next: ZERO_SLOT + (1 << pieces_shift),
            dirty: Vec::new(),
            clean: Vec::new(),
            windows: Windows::new(pieces_shift),
        }
    }

    /// All frames there are bytes for, in the machine.
    pub(super) fn total(&self) -> u32 {
        self.total
    }

    /// log2 of a frame's bytes.
    pub(super) fn page_shift(&self) -> u32 {
        PIECE_SHIFT + self.pieces_shift
    }

    /// Each frame that has bytes of its own, with them.
    pub(super) fn frames(&self) -> impl Iterator<Item = (Pfn, &[u8])> {
        (0..self.known as u32).filter_map(|frame| Some((Pfn(frame), self.bytes(Pfn(frame))?)))
    }

    /// Frames that have bytes of their own.
    pub fn used_slots(&self) -> u32 {
        (self.next >> self.pieces_shift) - 1 - (self.dirty.len() + self.clean.len()) as u32
    }

    /// A frame's bytes, if it has any that are not zero.
    pub fn bytes(&self, pfn: Pfn) -> Option<&[u8]> {
        match self.slot(pfn) {
            ZERO_SLOT => None,
            slot => Some(&self.arena.bytes()[self.range(slot)]),
        }
    }

    /// A frame's bytes, to change.
    #[inline]
    pub fn bytes_mut(&mut self, pfn: Pfn) -> &mut [u8] {
        let slot = self.slot_mut(pfn);
        let range = self.range(slot);
        &mut self.arena.bytes_mut()[range]
    }

    /// A frame's bytes as words in the host's byte order: what a page table holds.
    #[inline]
    pub fn words(&self, pfn: Pfn) -> &[u64] {
        bytemuck::cast_slice(&self.arena.bytes()[self.range(self.slot(pfn))])
    }

    /// The same, to change.
    #[inline]
    pub fn words_mut(&mut self, pfn: Pfn) -> &mut [u64] {
        bytemuck::cast_slice_mut(self.bytes_mut(pfn))
    }

    /// The word at `offset`, a multiple of 8 below the frame's size.
    #[inline]
    pub fn word(&self, pfn: Pfn, offset: usize) -> u64 {
        let at = self.slot(pfn) as usize * PIECE_BYTES + offset;
        let bytes = self.arena.bytes().get(at..at + 8).and_then(<[u8]>::first_chunk);
        bytes.map_or(0, |&bytes| u64::from_ne_bytes(bytes))
    }

    /// Sets the word at `offset`, a multiple of 8 below the frame's size.
    #[inline]
    pub fn set_word(&mut self, pfn: Pfn, offset: usize, value: u64) {
        let at = self.slot_mut(pfn) as usize * PIECE_BYTES + offset;
        if let Some(bytes) = self.arena.bytes_mut().get_mut(at..at + 8) {
            bytes.copy_from_slice(&value.to_ne_bytes());
        }
    }

    /// Reads the frame's bytes from `offset` on; `into` ends within the frame.
    pub fn read(&self, pfn: Pfn, offset: usize, into: &mut [u8]) {
        match self.bytes(pfn) {
            Some(bytes) => into.copy_from_slice(&bytes[offset..offset + into.len()]),
            None => into.fill(0),
        }
    }

    /// Writes the frame's bytes from `offset` on; `from` ends within the frame. Zeroes on zeroes take no host bytes.
    pub fn write(&mut self, pfn: Pfn, offset: usize, from: &[u8]) {
        if self.slot(pfn) != ZERO_SLOT || from.iter().any(|&b| b != 0) {
            self.bytes_mut(pfn)[offset..offset + from.len()].copy_from_slice(from);
        }
    }

    /// Sets `len` bytes of the frame from `offset` on, within it. Zeroes on zeroes take no host bytes.
    pub fn fill(&mut self, pfn: Pfn, offset: usize, len: usize, byte: u8) {
        if len == PIECE_BYTES << self.pieces_shift && byte == 0 {
            self.drop_data(pfn);
        } else if self.slot(pfn) != ZERO_SLOT || byte != 0 {
            self.bytes_mut(pfn)[offset..offset + len].fill(byte);
        }
    }

    /// Gives a frame bytes of its own before data comes.
    #[inline]
    pub(crate) fn reserve(&mut self, pfn: Pfn) {
        self.slot_mut(pfn);
    }

    /// Makes a frame all zeroes.
    #[inline]
    pub fn drop_data(&mut self, pfn: Pfn) {
        let slot = self.slot(pfn);
        if slot != ZERO_SLOT {
            self.dirty.push(slot);
            self.windows.close_all();
            self.note_slot(pfn, ZERO_SLOT);
        }
    }

    /// Makes a frame all zeroes that holds only zeroes now though it has bytes: an emptied page table.
    pub fn drop_zeroes(&mut self, pfn: Pfn) {
        let slot = self.slot(pfn);
        if slot != ZERO_SLOT {
            debug_assert!(self.words(pfn).iter().all(|&w| w == 0), "a page table was freed with entries");
            self.clean.push(slot);
            self.note_slot(pfn, ZERO_SLOT);
        }
    }

    /// Loads `N` bytes at an offset in a slot, below the slot's size less `N`.
    #[inline]
    pub(crate) fn load_at<const N: usize>(&self, (slot, offset): (u32, usize)) -> [u8; N] {
        let bytes = self.piece(slot).get(offset..offset + N);
        bytes.and_then(<[u8]>::first_chunk).copied().unwrap_or([0; N])
    }

    /// Stores `N` bytes at an offset in a slot, below the slot's size less `N`; zeroes only in the slot of zeroes.
    #[inline]
    pub(crate) fn store_at<const N: usize>(&mut self, (slot, offset): (u32, usize), bytes: [u8; N]) {
        if let Some(to) = self.piece_mut(slot).get_mut(offset..offset + N) {
            to.copy_from_slice(&bytes);
        }
    }

    /// `N` bytes at an offset in a slot, to read and change; zeroes only in the slot of zeroes.
    #[inline]
    pub(crate) fn chunk_at<const N: usize>(&mut self, (slot, offset): (u32, usize)) -> Option<&mut [u8; N]> {
        self.piece_mut(slot).get_mut(offset..)?.first_chunk_mut()
    }

    /// Makes `to`, which holds only zeroes, equal to `from`.
    pub fn copy(&mut self, from: Pfn, to: Pfn) {
        let source = self.slot(from);
        if source != ZERO_SLOT {
            let target = self.dirty.pop().or_else(|| self.clean.pop()).unwrap_or_else(|| self.fresh_slot());
            self.set_slot(to, target);
            let (source, target) = (self.range(source), self.range(target));
            self.arena.bytes_mut().copy_within(source, target.start);
        }
    }

    /// The slot of the piece of a frame that `offset` is in; 0 if the frame holds only zeroes.
    #[inline]
    pub(crate) fn piece_slot(&self, pfn: Pfn, offset: usize) -> u32 {
        match self.slot(pfn) {
            ZERO_SLOT => ZERO_SLOT,
            slot => slot + (offset >> PIECE_SHIFT) as u32,
        }
    }

    /// The frame's slot; 0 if it holds only zeroes.
    #[inline]
    pub(crate) fn slot(&self, pfn: Pfn) -> u32 {
        let (slots, _) = self.slot_of.bytes().as_chunks();
        slots.get(pfn.index()).map_or(ZERO_SLOT, |&slot| u32::from_ne_bytes(slot))
    }

    #[inline]
    fn piece(&self, slot: u32) -> &[u8; PIECE_BYTES] {
        let (pieces, _) = self.arena.bytes().as_chunks();
        &pieces[slot as usize]
    }

    #[inline]
    fn piece_mut(&mut self, slot: u32) -> &mut [u8; PIECE_BYTES] {
        let (pieces, _) = self.arena.bytes_mut().as_chunks_mut();
        &mut pieces[slot as usize]
    }

    /// The frame's own slot, given to it now if it has none.
    #[inline]
    fn slot_mut(&mut self, pfn: Pfn) -> u32 {
        match self.slot(pfn) {
            ZERO_SLOT => self.give_slot(pfn),
            slot => slot,
        }
    }

    #[cold]
    fn give_slot(&mut self, pfn: Pfn) -> u32 {
        let slot = self.zeroed_slot();
        self.set_slot(pfn, slot);
        slot
    }

    fn zeroed_slot(&mut self) -> u32 {
        if let Some(slot) = self.clean.pop() {
            return slot;
        }
        let Some(slot) = self.dirty.pop() else { return self.fresh_slot() };
        let range = self.range(slot);
        self.arena.bytes_mut()[range].fill(0);
        slot
    }

    fn fresh_slot(&mut self) -> u32 {
        let slot = self.next;
        self.next += 1 << self.pieces_shift;
        self.arena.reach(self.range(slot).end);
        slot
    }

    fn set_slot(&mut self, pfn: Pfn, slot: u32) {
        if pfn.index() >= self.known {
            self.known = pfn.index() + 1;
            self.slot_of.reach(self.known * 4);
        }
        self.note_slot(pfn, slot);
        self.windows.close_zero();
    }

    /// Where a frame's slot is in the arena.
    #[inline]
    fn range(&self, slot: u32) -> std::ops::Range<usize> {
        let start = slot as usize * PIECE_BYTES;
        start..start + (PIECE_BYTES << self.pieces_shift)
    }

    #[inline]
    fn note_slot(&mut self, pfn: Pfn, slot: u32) {
        let (slots, _) = self.slot_of.bytes_mut().as_chunks_mut();
        slots[pfn.index()] = slot.to_ne_bytes();
    }
}

impl Clone for HostMem {
    fn clone(&self) -> HostMem {
        HostMem {
            total: self.total,
            arena: self.arena.copy(self.arena.bytes().len().min(self.range(self.next).start)),
            slot_of: self.slot_of.copy(self.known * 4),
            pieces_shift: self.pieces_shift,
            known: self.known,
            next: self.next,
            dirty: self.dirty.clone(),
            clean: self.clean.clone(),
            windows: self.windows.clone(),
        }
    }
}
