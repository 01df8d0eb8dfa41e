//! A stretch of host memory that reads as zeroes and costs nothing until it is written.
//!
//! One anonymous mapping without swap reservation, as large as it may ever get; where the host refuses that much, a smaller
//! one that moves to a larger when it is full. Huge host pages are asked for from the second huge page on: a large arena then
//! takes few host faults, and a small machine no more than it touches.

use super::shared::{Shared, Store};
use memmap2::{Advice, MmapMut, MmapOptions};
use std::ops::Range;

/// What the host gives at a time.
const PAGE_BYTES: usize = 4096;
const HUGE_BYTES: usize = 2 << 20;
/// The least that a mapping is made of.
const FIRST_BYTES: usize = 64 << 10;

/// Zeroed host memory.
#[derive(Debug)]
pub(crate) struct Reserve {
    map: MmapMut,
    max_bytes: usize,
    huge: bool,
}

impl Reserve {
    /// Memory of up to `max_bytes` bytes, as many of them as the host lets one reserve; `huge` asks for huge host pages.
    ///
    /// # Panics
    /// When the host has no memory left, as with every allocation of Rust's; so for what follows.
    pub(crate) fn new(max_bytes: usize, huge: bool) -> Reserve {
        let map = map(max_bytes, huge).unwrap_or_else(|| map_at_least(FIRST_BYTES.min(max_bytes), huge));
        Reserve { map, max_bytes, huge }
    }

    /// The bytes there are so far.
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// The same, to change.
    #[inline]
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.map
    }

    /// Makes the bytes below `end` usable; `end` is at most the maximum.
    #[inline]
    pub(crate) fn reach(&mut self, end: usize) {
        if end > self.map.len() {
            self.grow(end);
        }
    }

    #[cold]
    fn grow(&mut self, end: usize) {
        assert!(end <= self.max_bytes, "more host memory than the machine has");
        let doubled = end.max(self.map.len() * 2).min(self.max_bytes);
        let mut new = map(doubled, self.huge).unwrap_or_else(|| map_at_least(end, self.huge));
        new[..self.map.len()].copy_from_slice(&self.map);
        self.map = new;
    }
}

impl Store for Reserve {
    fn empty() -> Reserve {
        Reserve::new(0, false)
    }

    /// Without huge host pages: of a copy, few places may ever be written, far from one another.
    fn blank(&self) -> Reserve {
        let mut new = Reserve::new(self.max_bytes, false);
        new.reach(self.map.len());
        new
    }

    /// What reads as zeroes takes no host memory.
    fn copy_piece(&mut self, from: &Reserve, piece: Range<usize>) {
        let piece = piece.start..piece.end.min(from.map.len());
        self.reach(piece.end);
        let pages = from.map[piece.clone()].chunks(PAGE_BYTES);
        for (to, from) in self.map[piece].chunks_mut(PAGE_BYTES).zip(pages) {
            if to != from {
                to.copy_from_slice(from);
            }
        }
    }
}

impl Shared<Reserve> {
    /// Copies bytes within one piece to a place in a piece that is the own store's.
    pub(crate) fn copy_within(&mut self, from: Range<usize>, to: usize) {
        match self.layer_of(from.start) {
            None => self.own_mut().bytes_mut().copy_within(from, to),
            Some(layer) => {
                let end = to + from.len();
                self.own_mut().bytes_mut()[to..end].copy_from_slice(&layer.store().bytes()[from]);
            }
        }
    }
}

fn map(bytes: usize, huge: bool) -> Option<MmapMut> {
    let map = MmapOptions::new().len(bytes).no_reserve_swap().map_anon().ok()?;
    if huge && bytes > HUGE_BYTES {
        // Only a hint: a host without huge pages answers with an error that changes nothing.
        let _ = map.advise_range(Advice::HugePage, HUGE_BYTES, bytes - HUGE_BYTES);
    }
    Some(map)
}

fn map_at_least(bytes: usize, huge: bool) -> MmapMut {
    map(bytes, huge).unwrap_or_else(|| std::alloc::handle_alloc_error(std::alloc::Layout::new::<u64>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_zero_and_is_copied() {
        let mut reserve = Reserve::new(1 << 40, true);
        assert_eq!(reserve.bytes().len(), 1 << 40);
        reserve.bytes_mut()[7] = 9;
        assert_eq!((reserve.bytes()[7], reserve.bytes()[(1 << 30) - 1]), (9, 0));
        let mut copy = reserve.blank();
        assert_eq!((copy.bytes().len(), copy.bytes()[7]), (1 << 40, 0));
        copy.copy_piece(&reserve, 4..8);
        assert_eq!(copy.bytes()[7], 9);
    }

    #[test]
    fn moves_where_the_host_refuses_the_whole() {
        let mut reserve = Reserve::new(usize::MAX >> 1 & !4095, false);
        let first = reserve.bytes().len();
        assert!(first < 1 << 30);
        reserve.bytes_mut()[..8].fill(1);
        reserve.reach(first + 1);
        assert!(reserve.bytes().len() > first);
        assert_eq!(reserve.bytes()[..9], [1, 1, 1, 1, 1, 1, 1, 1, 0]);
    }
}
