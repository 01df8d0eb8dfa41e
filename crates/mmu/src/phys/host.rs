//! The host bytes of frames. A frame that holds only zeroes has none, and one that was written at its start has few.
//!
//! Which `Slot` a frame has is kept in an array of its own that takes no host memory where frames have no data.

use super::reserve::Reserve;
use super::shared::LateShared;
use super::slots::{Slot, Slots};
use super::window::Windows;
use crate::{Pfn, VirtAddr};
use std::borrow::Cow;

/// Bytes of the pieces that slots are counted in: the smallest page size.
pub const PIECE_BYTES: usize = 1 << PIECE_SHIFT;
pub(crate) const PIECE_SHIFT: u32 = 12;

const WORDS: usize = PIECE_BYTES / 8;

/// Host memory for frames with data.
#[derive(Debug)]
pub struct HostMem {
    /// Frames of the machine.
    total: u32,
    slots: Slots,
    slot_of: LateShared<Reserve>,
    /// Frames below this have a place in `slot_of`.
    known: usize,
    /// Where the running address space shows slots; kept true here, opened by accesses.
    pub(crate) windows: Windows,
}

impl HostMem {
    /// No bytes yet, for a machine of `total` frames of 2^`page_shift` bytes.
    pub fn new(total: u32, page_shift: u32) -> HostMem {
        let frames = total as usize;
        HostMem {
            total,
            slots: Slots::new(frames, page_shift),
            slot_of: LateShared::new(Reserve::new(frames.div_ceil(WORDS) * WORDS * 4, false), PIECE_SHIFT),
            known: 0,
            windows: Windows::new(page_shift - PIECE_SHIFT),
        }
    }

    /// All frames there are bytes for, in the machine.
    pub(super) fn total(&self) -> u32 {
        self.total
    }

    /// log2 of a frame's bytes.
    pub(super) fn page_shift(&self) -> u32 {
        self.slots.page_shift()
    }

    /// Each frame that has bytes of its own, with them; behind those there are only zeroes.
    pub(crate) fn frames(&self) -> impl Iterator<Item = (Pfn, &[u8])> {
        let slots = (0..self.known as u32).map(|frame| (Pfn(frame), self.slot(Pfn(frame))));
        slots.filter(|(_, slot)| !slot.is_zero()).map(|(pfn, slot)| (pfn, self.slots.bytes(slot)))
    }

    /// From now on a clone shares all bytes.
    pub(super) fn freeze(&mut self) {
        self.windows.close_all();
        self.slots.freeze();
        self.slot_of.freeze(self.known * 4);
    }

    /// Frames that have bytes of their own.
    pub fn used_slots(&self) -> u32 {
        self.slots.used()
    }

    /// A frame's bytes, if it has any that are not zero.
    pub fn bytes(&self, pfn: Pfn) -> Option<Cow<'_, [u8]>> {
        let slot = self.slot(pfn);
        if slot.is_zero() {
            return None;
        }
        let bytes = self.slots.bytes(slot);
        if slot.is_whole() {
            return Some(bytes.into());
        }
        let mut whole = vec![0; self.slots.frame_bytes()];
        whole[..bytes.len()].copy_from_slice(bytes);
        Some(whole.into())
    }

    /// A frame's bytes, to change.
    #[inline]
    pub fn bytes_mut(&mut self, pfn: Pfn) -> &mut [u8] {
        let slot = self.whole_slot(pfn);
        self.slots.bytes_mut(slot)
    }

    /// A frame's bytes as words in the host's byte order: what a page table holds.
    #[inline]
    pub fn words(&self, pfn: Pfn) -> &[u64] {
        bytemuck::cast_slice(self.slots.bytes(self.slot(pfn)))
    }

    /// The same, to change.
    #[inline]
    pub fn words_mut(&mut self, pfn: Pfn) -> &mut [u64] {
        bytemuck::cast_slice_mut(self.bytes_mut(pfn))
    }

    /// The word of a page table at `offset`, a multiple of 8 below the frame's size.
    #[inline]
    pub fn word(&self, pfn: Pfn, offset: usize) -> u64 {
        self.word_in(self.slot(pfn), offset)
    }

    /// The same where the slot is known.
    #[inline(always)]
    pub(crate) fn word_in(&self, slot: Slot, offset: usize) -> u64 {
        let bytes = self.slots.arena_of(slot).get(slot.start() + offset..).and_then(<[u8]>::first_chunk);
        bytes.map_or(0, |&bytes| u64::from_ne_bytes(bytes))
    }

    /// Sets the word of a page table at `offset`, a multiple of 8 below the frame's size.
    #[inline]
    pub fn set_word(&mut self, pfn: Pfn, offset: usize, value: u64) {
        let slot = self.slot(pfn);
        match slot.is_whole() && !self.slots.are_shared() {
            true => self.store_at(slot.start() + offset, value.to_ne_bytes()),
            false => self.set_first_word(pfn, offset, value),
        }
    }

    /// The same where the table may have no slot of its own yet.
    #[inline(never)]
    fn set_first_word(&mut self, pfn: Pfn, offset: usize, value: u64) {
        let at = self.whole_slot(pfn).start() + offset;
        self.store_at(at, value.to_ne_bytes());
    }

    /// Reads the frame's bytes from `offset` on; `into` ends within the frame.
    pub fn read(&self, pfn: Pfn, offset: usize, into: &mut [u8]) {
        let bytes = self.slots.bytes(self.slot(pfn)).get(offset..).unwrap_or_default();
        let (counts, zeroes) = into.split_at_mut(bytes.len().min(into.len()));
        counts.copy_from_slice(&bytes[..counts.len()]);
        zeroes.fill(0);
    }

    /// Writes the frame's bytes from `offset` on; `from` ends within the frame. Zeroes on zeroes take no host bytes.
    pub fn write(&mut self, pfn: Pfn, offset: usize, from: &[u8]) {
        let end = offset + from.len();
        let mut slot = self.slot(pfn);
        if slot.is_zero() {
            if from.iter().all(|&b| b == 0) {
                return;
            }
            slot = self.slots.take_around(offset..end);
            self.set_slot(pfn, slot);
        } else {
            slot = self.reach(pfn, end);
        }
        self.slots.bytes_mut(slot)[offset..end].copy_from_slice(from);
    }

    /// Sets `len` bytes of the frame from `offset` on, within it. Zeroes on zeroes take no host bytes.
    pub fn fill(&mut self, pfn: Pfn, offset: usize, len: usize, byte: u8) {
        let slot = self.slot(pfn);
        if byte == 0 && len == self.slots.frame_bytes() {
            self.drop_data(pfn);
        } else if byte == 0 {
            let end = (offset + len).min(self.slots.extent(slot));
            if !slot.is_zero() && offset < end {
                self.slots.bytes_mut(slot)[offset..end].fill(0);
            }
        } else {
            let slot = self.reach(pfn, offset + len);
            self.slots.bytes_mut(slot)[offset..offset + len].fill(byte);
        }
    }

    /// Gives a frame bytes of its own up to `end` at least: its slot now.
    #[inline]
    pub(crate) fn reach(&mut self, pfn: Pfn, end: usize) -> Slot {
        let slot = self.slot(pfn);
        if slot.is_zero() || end > self.slots.extent(slot) {
            return self.reach_further(pfn, end);
        }
        self.slots.take_over(slot);
        slot
    }

    fn reach_further(&mut self, pfn: Pfn, end: usize) -> Slot {
        let slot = self.slot(pfn);
        if slot.is_zero() {
            return self.give_slot(pfn, end);
        }
        // Windows that are open show less of the slot than they might, which is no harm.
        let longer = self.slots.extend(slot, end);
        self.note_slot(pfn, longer);
        longer
    }

    /// A slot that reaches `end` for a frame without one.
    fn give_slot(&mut self, pfn: Pfn, end: usize) -> Slot {
        let new = self.slots.take_zeroed(end);
        self.set_slot(pfn, new);
        new
    }

    /// Makes a frame all zeroes.
    #[inline(always)]
    pub fn drop_data(&mut self, pfn: Pfn) {
        let slot = self.slot(pfn);
        if !slot.is_zero() {
            self.slots.put(slot);
            self.windows.close_all();
            self.note_slot(pfn, Slot::ZERO);
        }
    }

    /// Makes `N` frames from `first` on all zeroes, the last one first if `DOWN`.
    #[inline]
    pub(super) fn drop_neighbours<const N: usize, const DOWN: bool>(&mut self, first: Pfn) {
        let (slots, _) = self.slot_of.plain.bytes_mut().as_chunks_mut();
        let places = slots.get_mut(first.index()..).and_then(<[_]>::first_chunk_mut::<N>);
        let Some((places, mut given)) = places.and_then(take_all) else {
            return self.drop_each(first, N as u32, DOWN);
        };
        places.fill([0; 4]);
        if DOWN {
            given.reverse();
        }
        self.slots.put_all(given);
        self.windows.close_all();
    }

    /// The same where some have no slot.
    #[inline(never)]
    fn drop_each(&mut self, first: Pfn, frames: u32, down: bool) {
        for i in 0..frames {
            self.drop_data(first + if down { frames - 1 - i } else { i });
        }
    }

    /// Makes a frame all zeroes that holds only zeroes now though it has bytes: an emptied page table.
    pub fn drop_zeroes(&mut self, pfn: Pfn) {
        let slot = self.slot(pfn);
        if !slot.is_zero() {
            self.slots.put_clean(slot);
            self.note_slot(pfn, Slot::ZERO);
        }
    }

    /// Loads `N` bytes at a place in the arena, in one slot.
    #[inline]
    pub(crate) fn load_at<const N: usize>(&self, at: usize) -> [u8; N] {
        let bytes = self.slots.arena().get(at..).and_then(<[u8]>::first_chunk);
        bytes.copied().unwrap_or([0; N])
    }

    /// Stores `N` bytes at a place in the arena, in one slot; zeroes only in the slot of zeroes.
    #[inline]
    pub(crate) fn store_at<const N: usize>(&mut self, at: usize, bytes: [u8; N]) {
        if let Some(to) = self.chunk_at(at) {
            *to = bytes;
        }
    }

    /// `N` bytes at a place in the arena, in one slot that is not that of zeroes.
    #[inline]
    pub(crate) fn chunk_at<const N: usize>(&mut self, at: usize) -> Option<&mut [u8; N]> {
        self.slots.arena_mut().get_mut(at..)?.first_chunk_mut()
    }

    /// Makes `to`, which holds only zeroes, equal to `from`.
    pub fn copy(&mut self, from: Pfn, to: Pfn) {
        let source = self.slot(from);
        if !source.is_zero() {
            let copy = self.slots.copy(source);
            self.set_slot(to, copy);
        }
    }

    /// The frame's slot; that of zeroes if it holds only zeroes.
    #[inline]
    pub(crate) fn slot(&self, pfn: Pfn) -> Slot {
        let (slots, _) = self.slot_of.plain.bytes().as_chunks();
        match slots.get(pfn.index()) {
            Some(&slot) => Slot::from_bits(u32::from_ne_bytes(slot)),
            None => self.shared_slot(pfn),
        }
    }

    #[cold]
    fn shared_slot(&self, pfn: Pfn) -> Slot {
        let Some(shared) = &self.slot_of.shared else { return Slot::ZERO };
        let (slots, _) = shared.of(pfn.index() * 4).bytes().as_chunks();
        slots.get(pfn.index()).map_or(Slot::ZERO, |&slot| Slot::from_bits(u32::from_ne_bytes(slot)))
    }

    /// The slot of a frame of which bytes up to `end` are accessed; with `fill`, it is the frame's own.
    #[inline(always)]
    pub(crate) fn slot_for(&mut self, pfn: Pfn, end: usize, fill: bool) -> Slot {
        let slot = self.slot(pfn);
        if slot.is_zero() {
            return if fill { self.give_slot(pfn, end) } else { slot };
        }
        if slot.is_short() && end > self.slots.extent(slot) {
            return self.reach_further(pfn, end);
        }
        self.slots.take_over(slot);
        slot
    }

    /// Lets accesses at `addr`, which go to `offset` in a slot, take the short way. Where in the arena they go.
    #[inline(always)]
    pub(crate) fn show(
        &mut self,
        addr: VirtAddr,
        slot: Slot,
        offset: usize,
        dirty: bool,
        large_set: u32,
    ) -> usize {
        let from = offset & !(PIECE_BYTES - 1);
        let start = if slot.is_zero() { 0 } else { slot.start() + from };
        let short = match slot.is_short() {
            true => (from + PIECE_BYTES).saturating_sub(self.slots.extent(slot)),
            false => 0,
        };
        self.windows.open(addr, start, short, dirty, large_set);
        slot.start() + offset
    }

    /// The frame's own slot, the whole of it.
    #[inline]
    fn whole_slot(&mut self, pfn: Pfn) -> Slot {
        let slot = self.slot(pfn);
        if !slot.is_whole() {
            return self.reach_further(pfn, self.slots.frame_bytes());
        }
        self.slots.take_over(slot);
        slot
    }

    #[inline(always)]
    fn set_slot(&mut self, pfn: Pfn, slot: Slot) {
        if pfn.index() >= self.known {
            self.know(pfn);
        }
        self.note_slot(pfn, slot);
        self.windows.close_zero();
    }

    /// Makes a place for the frame's slot.
    #[inline(never)]
    fn know(&mut self, pfn: Pfn) {
        self.known = pfn.index() + 1;
        match &mut self.slot_of.shared {
            None => self.slot_of.plain.reach(self.known * 4),
            Some(shared) => shared.own_mut().reach(self.known * 4),
        }
    }

    #[inline]
    fn note_slot(&mut self, pfn: Pfn, slot: Slot) {
        let (slots, _) = self.slot_of.plain.bytes_mut().as_chunks_mut();
        match slots.get_mut(pfn.index()) {
            Some(place) => *place = slot.bits().to_ne_bytes(),
            None => self.note_shared_slot(pfn, slot),
        }
    }

    #[cold]
    fn note_shared_slot(&mut self, pfn: Pfn, slot: Slot) {
        let shared = self.slot_of.shared.as_mut().expect("a frame with a place");
        let (slots, _) = shared.of_mut(pfn.index() * 4).bytes_mut().as_chunks_mut();
        slots[pfn.index()] = slot.bits().to_ne_bytes();
    }
}

/// The slots in `places`, if there is one in each.
#[inline(always)]
fn take_all<const N: usize>(places: &mut [[u8; 4]; N]) -> Option<(&mut [[u8; 4]; N], [Slot; N])> {
    let slots = places.map(|place| Slot::from_bits(u32::from_ne_bytes(place)));
    let lacks = slots.iter().fold(false, |lacks, slot| lacks | slot.is_zero());
    (!lacks).then_some((places, slots))
}

impl Clone for HostMem {
    fn clone(&self) -> HostMem {
        HostMem {
            total: self.total,
            slots: self.slots.clone(),
            slot_of: self.slot_of.copy(self.known * 4),
            known: self.known,
            windows: self.windows.clone(),
        }
    }
}
