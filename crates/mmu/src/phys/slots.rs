//! Host slots: room of a frame's size out of one arena, of which only as much counts as a frame has used.
//!
//! Slots are used again last in, first out, since the host's first touch of a page costs more than ten emulated faults. What a
//! used slot holds is garbage; it is zeroed from its start, by steps, as far as its new frame comes: most pages are written in
//! order, many have one word written, and a copy of those costs little. Page tables come whole, and empty when they are freed.

use super::host::{PIECE_BYTES, PIECE_SHIFT};
use super::reserve::Reserve;
use super::shared::Shared;

/// An extent is a frame's size, or a quarter of that, and so on, in so many bits.
const STEP_BITS: u32 = 2;
const STEP_MASK: u32 = (1 << STEP_BITS) - 1;

/// The smallest extent of a frame of the smallest size.
const FEW_BYTES: usize = PIECE_BYTES >> (2 * STEP_MASK);

/// A slot by its number, which counts pieces of 4 KiB in the arena, with how many bytes at its start count: the rest of the frame is zero, whatever the slot holds there.
///
/// From bit 0: how often the extent is a quarter of the whole, [`STEP_BITS`]; the number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slot(u32);

impl Slot {
    /// The slot of all frames without bytes; it is never written.
    pub(crate) const ZERO: Slot = Slot(0);

    #[inline]
    const fn whole(number: u32) -> Slot {
        Slot(number << STEP_BITS)
    }

    #[inline]
    pub(super) const fn from_bits(bits: u32) -> Slot {
        Slot(bits)
    }

    #[inline]
    pub(super) const fn bits(self) -> u32 {
        self.0
    }

    /// Whether its frame has no bytes.
    #[inline]
    pub(crate) const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Bytes that count, if a frame has `frame_bytes`.
    #[inline]
    const fn extent(self, frame_bytes: usize) -> usize {
        frame_bytes >> (2 * (self.0 & STEP_MASK))
    }

    /// Whether it is a frame's own and all of it counts.
    #[inline]
    pub(crate) const fn is_whole(self) -> bool {
        !self.is_short() && !self.is_zero()
    }

    /// Whether not all of it counts.
    #[inline]
    pub(crate) const fn is_short(self) -> bool {
        self.0 & STEP_MASK != 0
    }

    /// Where it starts in the arena.
    #[inline]
    pub(crate) const fn start(self) -> usize {
        (self.0 >> STEP_BITS) as usize * PIECE_BYTES
    }

    #[inline]
    const fn number(self) -> u32 {
        self.0 >> STEP_BITS
    }
}

/// All slots.
#[derive(Debug)]
pub(super) struct Slots {
    arena: Shared<Reserve>,
    /// log2 of a frame's bytes.
    page_shift: u32,
    /// The end of the slots ever given out, the zero slot included.
    next: u32,
    /// Free slots that hold what their last frame left.
    dirty: Vec<u32>,
    /// Free slots that hold zeroes.
    clean: Vec<u32>,
}

impl Slots {
    /// For a machine of `total` frames of 2^`page_shift` bytes.
    pub(super) fn new(total: usize, page_shift: u32) -> Slots {
        let arena = Shared::new(Reserve::new((total + 1) << page_shift, true), page_shift);
        Slots {
            arena,
            page_shift,
            next: 1 << (page_shift - PIECE_SHIFT),
            dirty: Vec::new(),
            clean: Vec::new(),
        }
    }

    /// log2 of a frame's bytes.
    pub(super) fn page_shift(&self) -> u32 {
        self.page_shift
    }

    /// A frame's bytes.
    #[inline]
    pub(super) fn frame_bytes(&self) -> usize {
        1 << self.page_shift
    }

    /// How many bytes of a slot count.
    #[inline]
    pub(super) fn extent(&self, slot: Slot) -> usize {
        slot.extent(self.frame_bytes())
    }

    /// Slots that frames have.
    pub(super) fn used(&self) -> u32 {
        (self.next >> (self.page_shift - PIECE_SHIFT)) - 1 - (self.dirty.len() + self.clean.len()) as u32
    }

    /// The arena from which a slot that is this machine's own is reached by its place.
    #[inline]
    pub(super) fn arena(&self) -> &[u8] {
        self.arena.own().bytes()
    }

    /// The same, to change.
    #[inline]
    pub(super) fn arena_mut(&mut self) -> &mut [u8] {
        self.arena.own_mut().bytes_mut()
    }

    /// The arena that `slot` is in, to read.
    #[inline]
    pub(super) fn arena_of(&self, slot: Slot) -> &[u8] {
        self.arena.of(slot.start()).bytes()
    }

    /// Makes `slot` this machine's own.
    #[inline]
    pub(super) fn take_over(&mut self, slot: Slot) {
        self.arena.of_mut(slot.start());
    }

    /// Whether some slots may be shared with clones.
    #[inline]
    pub(super) fn are_shared(&self) -> bool {
        self.arena.is_frozen()
    }

    /// From now on a clone shares all slots.
    pub(super) fn freeze(&mut self) {
        self.arena.freeze(self.used_bytes());
    }

    fn used_bytes(&self) -> usize {
        self.arena.own().bytes().len().min(Slot::whole(self.next).start())
    }

    /// The bytes of a slot that count.
    #[inline]
    pub(super) fn bytes(&self, slot: Slot) -> &[u8] {
        &self.arena_of(slot)[slot.start()..slot.start() + self.extent(slot)]
    }

    /// The same, to change.
    #[inline]
    pub(super) fn bytes_mut(&mut self, slot: Slot) -> &mut [u8] {
        let end = slot.start() + self.extent(slot);
        &mut self.arena.of_mut(slot.start()).bytes_mut()[slot.start()..end]
    }

    /// A slot whose extent reaches `end`; its bytes read as zeroes.
    pub(super) fn take_zeroed(&mut self, end: usize) -> Slot {
        if end == self.frame_bytes()
            && let Some(number) = self.clean.pop()
        {
            self.arena.claim(Slot::whole(number).start());
            return Slot::whole(number);
        }
        let Some(number) = self.dirty.pop() else { return self.take_zeroes(end) };
        let slot = self.reaching(number, end);
        self.arena.claim(slot.start());
        let bytes = self.extent(slot);
        clear(&mut self.arena_mut()[slot.start()..slot.start() + bytes]);
        slot
    }

    /// A slot whose bytes in `range` are garbage, which the caller replaces; those around it read as zeroes.
    pub(super) fn take_around(&mut self, range: std::ops::Range<usize>) -> Slot {
        let Some(number) = self.dirty.pop() else { return self.take_zeroes(range.end) };
        let slot = self.reaching(number, range.end);
        self.arena.claim(slot.start());
        self.zero(slot, 0..range.start);
        self.zero(slot, range.end..self.extent(slot));
        slot
    }

    /// A slot of zeroes that counts as far as `end`.
    fn take_zeroes(&mut self, end: usize) -> Slot {
        let number = self.clean.pop().unwrap_or_else(|| self.take_fresh());
        let slot = self.reaching(number, end);
        self.arena.claim(slot.start());
        slot
    }

    /// The slot with an extent that reaches `end`, if it does not already; what is new of it reads as zeroes.
    pub(super) fn extend(&mut self, slot: Slot, end: usize) -> Slot {
        let longer = self.reaching(slot.number(), end);
        if self.extent(longer) <= self.extent(slot) {
            return slot;
        }
        self.zero(longer, self.extent(slot)..self.extent(longer));
        longer
    }

    /// A slot with the same content.
    pub(super) fn copy(&mut self, slot: Slot) -> Slot {
        let copy = self.take_around(0..self.extent(slot));
        let from = slot.start()..slot.start() + self.extent(slot);
        self.arena.copy_within(from, copy.start());
        copy
    }

    /// Takes a slot back.
    #[inline]
    pub(super) fn put(&mut self, slot: Slot) {
        self.dirty.push(slot.number());
    }

    /// Takes slots back, one after another.
    #[inline]
    pub(super) fn put_all<const N: usize>(&mut self, slots: [Slot; N]) {
        self.dirty.extend(slots.map(Slot::number));
    }

    /// Takes a slot back that holds only zeroes.
    pub(super) fn put_clean(&mut self, slot: Slot) {
        debug_assert!(
            slot.is_whole() && self.bytes(slot).iter().all(|&b| b == 0),
            "a table was freed with entries"
        );
        self.clean.push(slot.number());
    }

    /// The slot `number` with the smallest extent that reaches `end`, at most a frame's size.
    fn reaching(&self, number: u32, end: usize) -> Slot {
        let shorter = |step: &u32| self.frame_bytes() >> (2 * (step + 1)) >= end;
        Slot(number << STEP_BITS | (0..STEP_MASK).take_while(shorter).count() as u32)
    }

    fn zero(&mut self, slot: Slot, range: std::ops::Range<usize>) {
        let place = slot.start() + range.start..slot.start() + range.end;
        self.arena.of_mut(slot.start()).bytes_mut()[place].fill(0);
    }

    fn take_fresh(&mut self) -> u32 {
        let number = self.next;
        assert!(number < 1 << (u32::BITS - STEP_BITS), "more host memory than can be named");
        self.next += 1 << (self.page_shift - PIECE_SHIFT);
        self.arena.own_mut().reach(Slot::whole(self.next).start());
        number
    }
}

/// Makes bytes zero; where they are as few as most often, without a call.
#[inline(always)]
fn clear(bytes: &mut [u8]) {
    match <&mut [u8; FEW_BYTES]>::try_from(&mut *bytes) {
        Ok(few) => *few = [0; FEW_BYTES],
        Err(_) => bytes.fill(0),
    }
}

impl Clone for Slots {
    fn clone(&self) -> Slots {
        Slots {
            arena: self.arena.copy(self.used_bytes()),
            page_shift: self.page_shift,
            next: self.next,
            dirty: self.dirty.clone(),
            clean: self.clean.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_used_slot_is_zero_as_far_as_it_counts() {
        let mut slots = Slots::new(4, PIECE_SHIFT);
        let first = slots.take_zeroed(PIECE_BYTES);
        slots.bytes_mut(first).fill(7);
        slots.put(first);
        let again = slots.take_zeroed(65);
        assert_eq!((again.start(), slots.extent(again)), (first.start(), 256));
        assert_eq!(slots.bytes(again), [0; 256]);
        slots.bytes_mut(again).fill(8);
        let longer = slots.extend(again, 257);
        assert_eq!(slots.bytes(longer), [[8; 256], [0; 256], [0; 256], [0; 256]].concat());
        assert_eq!(slots.extend(longer, 5), longer);
        slots.put(longer);
        let around = slots.take_around(60..70);
        assert_eq!(slots.bytes(around)[..60], [0; 60]);
        assert_eq!(slots.bytes(around)[70..], [0; 186]);
    }

    #[test]
    fn a_larger_frame_has_larger_steps() {
        let mut slots = Slots::new(4, PIECE_SHIFT + 2);
        let [first, second] = [(); 2].map(|()| slots.take_zeroed(PIECE_BYTES + 1));
        assert_eq!((first.start(), second.start()), (4 * PIECE_BYTES, 8 * PIECE_BYTES));
        assert_eq!((slots.extent(first), slots.used()), (4 * PIECE_BYTES, 2));
        let third = slots.take_zeroed(1);
        assert_eq!(slots.extent(third), PIECE_BYTES / 16);
    }

    #[test]
    fn a_copy_has_the_extent_of_its_original_at_least() {
        let mut slots = Slots::new(4, PIECE_SHIFT);
        let [first, second] = [(); 2].map(|()| slots.take_zeroed(PIECE_BYTES));
        slots.bytes_mut(second).fill(9);
        slots.put(second);
        slots.put(first);
        let original = slots.take_zeroed(64);
        slots.bytes_mut(original).fill(5);
        let copy = slots.copy(original);
        assert_eq!((slots.extent(copy), slots.bytes(copy)), (64, &[5; 64][..]));
        assert_eq!(slots.used(), 2);
    }
}
