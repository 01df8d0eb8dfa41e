//! A stretch of host memory that reads as zeroes and costs nothing until it is written.
//!
//! One anonymous mapping without swap reservation, made when it is first needed and as large as it may ever get; where the
//! host refuses that much, a smaller one that moves to a larger when it is full. Huge host pages are asked for from the
//! second huge page on: a large arena then takes few host faults, and a small machine no more than it touches.

use bytemuck::AnyBitPattern;
use memmap2::{Advice, MmapMut, MmapOptions};

const HUGE_BYTES: usize = 2 << 20;
/// What the host gives at a time.
const PAGE_BYTES: usize = 4096;
const FIRST_BYTES: usize = 64 << 10;

/// Zeroed host memory of up to `max_bytes` bytes, in words of 8.
#[derive(Debug, Default)]
pub(crate) struct Reserve {
    map: Option<MmapMut>,
    max_bytes: usize,
    huge: bool,
}

impl Reserve {
    /// Nothing yet; `huge` asks for huge host pages.
    pub(crate) fn new(max_bytes: usize, huge: bool) -> Reserve {
        Reserve { map: None, max_bytes, huge }
    }

    /// The bytes there are so far.
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        self.map.as_deref().unwrap_or_default()
    }

    /// The same, to change.
    #[inline]
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        self.map.as_deref_mut().unwrap_or_default()
    }

    /// The bytes there are so far as numbers.
    #[inline]
    pub(crate) fn as_slice<T: AnyBitPattern>(&self) -> &[T] {
        self.map.as_deref().map_or(&[], bytemuck::cast_slice)
    }

    /// The same, to change.
    #[inline]
    pub(crate) fn as_mut_slice<T: AnyBitPattern + bytemuck::NoUninit>(&mut self) -> &mut [T] {
        self.map.as_deref_mut().map_or(&mut [], bytemuck::cast_slice_mut)
    }

    /// Makes the bytes below `end` usable.
    ///
    /// # Panics
    /// If `end` is above the maximum, or the host has no memory left: as with every allocation of Rust's.
    pub(crate) fn reach(&mut self, end: usize) {
        if end > self.bytes().len() {
            self.grow(end);
        }
    }

    #[cold]
    fn grow(&mut self, end: usize) {
        assert!(end <= self.max_bytes, "more host memory than the machine has");
        let old = self.map.take();
        let mut new = match (&old, map(self.max_bytes)) {
            (None, Some(whole)) => whole,
            _ => self.map_part(end, old.as_ref().map_or(0, |m| m.len())),
        };
        if self.huge && new.len() > HUGE_BYTES {
            // Only a hint: a host without huge pages answers with an error that changes nothing.
            let _ = new.advise_range(Advice::HugePage, HUGE_BYTES, new.len() - HUGE_BYTES);
        }
        if let Some(old) = old {
            new[..old.len()].copy_from_slice(&old);
        }
        self.map = Some(new);
    }

    fn map_part(&self, end: usize, old_bytes: usize) -> MmapMut {
        let bytes = end.max(old_bytes * 2).max(FIRST_BYTES).min(self.max_bytes);
        map(bytes).or_else(|| map(end)).unwrap_or_else(|| {
            std::alloc::handle_alloc_error(std::alloc::Layout::new::<u64>());
        })
    }

    /// A copy of the first `used_bytes` bytes, followed by zeroes. What reads as zeroes takes no host memory in it.
    pub(crate) fn copy(&self, used_bytes: usize) -> Reserve {
        let mut new = Reserve::new(self.max_bytes, self.huge);
        if used_bytes > 0 {
            new.reach(used_bytes);
            let pages = self.bytes()[..used_bytes].chunks(PAGE_BYTES);
            for (to, from) in new.bytes_mut()[..used_bytes].chunks_mut(PAGE_BYTES).zip(pages) {
                if from.iter().any(|&byte| byte != 0) {
                    to.copy_from_slice(from);
                }
            }
        }
        new
    }
}

fn map(bytes: usize) -> Option<MmapMut> {
    MmapOptions::new().len(bytes).no_reserve_swap().map_anon().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_on_demand_and_reads_zero() {
        let mut reserve = Reserve::new(1 << 40, true);
        assert!(reserve.bytes().is_empty());
        reserve.reach(4096);
        reserve.bytes_mut()[7] = 9;
        reserve.reach(1 << 30);
        assert_eq!((reserve.bytes()[7], reserve.bytes()[(1 << 30) - 1]), (9, 0));
        assert_eq!(reserve.copy(8).bytes()[7], 9);
        assert!(reserve.copy(0).bytes().is_empty());
    }

    #[test]
    fn moves_where_the_host_refuses_the_whole() {
        let mut reserve = Reserve::new(usize::MAX >> 1 & !4095, false);
        reserve.reach(8);
        reserve.bytes_mut()[..8].fill(1);
        let first = reserve.bytes().len();
        assert!(first < 1 << 30);
        reserve.reach(first + 1);
        assert_eq!(reserve.as_slice::<u64>()[..2], [0x0101_0101_0101_0101, 0]);
    }
}
