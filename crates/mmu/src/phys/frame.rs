//! A frame's descriptor (Linux: `struct page`, `struct folio`).

use bitflags::bitflags;
use serde::{Deserialize, Serialize};

bitflags! {
    /// State bits of a frame (Linux: `include/linux/page-flags.h`).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
    pub struct FrameFlags: u32 {
        /// Anonymous: `mapping` is an `AnonVmaId`.
        const ANON = 1 << 0;
        /// In a page cache: `mapping` is an `InodeId`. (Not ANON and not FILE: kernel or page-table page.)
        const FILE = 1 << 1;
        /// Only one process can have it mapped (PG_anon_exclusive).
        const ANON_EXCLUSIVE = 1 << 2;
        /// Modified since it was last written out.
        const DIRTY = 1 << 3;
        /// PG_referenced.
        const REFERENCED = 1 << 4;
        /// On the active list.
        const ACTIVE = 1 << 5;
        /// On an LRU list.
        const LRU = 1 << 6;
        /// Backed by swap (anonymous and tmpfs); an anonymous page without it is lazily freeable (MADV_FREE).
        const SWAPBACKED = 1 << 7;
        /// PG_mlocked.
        const MLOCKED = 1 << 8;
        /// First frame of a large folio; see [`Frame::order`].
        const HEAD = 1 << 9;
        /// Another frame of a large folio.
        const TAIL = 1 << 10;
        /// A huge page mapped as a whole.
        const HUGE = 1 << 11;
        /// Readahead mark (PG_readahead).
        const READAHEAD = 1 << 12;
        /// The same bit on a page being written: it is to be freed once that has ended (PG_reclaim).
        const RECLAIM = 1 << 12;
        /// A page-table page.
        const TABLE = 1 << 13;
        /// Its content is the file's on its device, not yet brought into host bytes.
        const ON_STORE = 1 << 14;
        /// In the swap cache.
        const SWAPCACHE = 1 << 15;
        /// Being written out.
        const WRITEBACK = 1 << 16;
        /// PG_workingset.
        const WORKINGSET = 1 << 17;
        /// Never given out, never freed.
        const RESERVED = 1 << 18;
        /// Of a folio's HEAD: its content is not the file's yet (PG_uptodate is clear).
        const NOT_UPTODATE = 1 << 19;
        /// Of a file's page: a block is reserved for it on the device, though none is allocated yet (BH_Delay).
        const BLOCK_RESERVED = 1 << 20;
        /// Of a file's page that is not up to date: its block was read all the same (BH_Uptodate).
        const BLOCK_READ = 1 << 21;
    }
}

/// What the machine knows of a frame, in 16 bytes: there are millions of them. (Links of LRU lists are no part of it: they
/// stand in an array of their own, which takes no host memory before reclaim needs it.)
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable, Serialize, Deserialize,
)]
#[repr(C, align(16))]
pub struct Frame {
    /// An `AnonVmaId` or an `InodeId`, by [`flags`](Self::flags).
    pub mapping: u32,
    /// From bit 0: the flags, [`FLAG_BITS`]; the order, [`ORDER_BITS`]; the upper bits of the mapcount.
    state: u32,
    /// From bit 0: the index, [`INDEX_BITS`]; the lower bits of the mapcount.
    place: [u32; 2],
}

const FLAG_BITS: u32 = 22;
const ORDER_BITS: u32 = 4;
const INDEX_BITS: u32 = 51;
const COUNT_HIGH_SHIFT: u32 = FLAG_BITS + ORDER_BITS;
const COUNT_LOW_BITS: u32 = 64 - INDEX_BITS;
/// Where the lower bits of the mapcount begin in the second word of the place.
const COUNT_LOW_SHIFT: u32 = INDEX_BITS - 32;
const ORDER_MASK: u32 = (1 << ORDER_BITS) - 1;
const INDEX_MASK: u64 = (1 << INDEX_BITS) - 1;
const COUNT_LOW_MASK: u32 = (1 << COUNT_LOW_BITS) - 1;

/// The highest mapcount; a frame that reaches it keeps it for ever, as Linux's refcounts do at theirs.
pub const MAPCOUNT_MAX: u32 = (1 << (COUNT_LOW_BITS + 32 - COUNT_HIGH_SHIFT)) - 1;

const _: () = assert!(FrameFlags::all().bits() < 1 << FLAG_BITS);

impl Frame {
    /// A frame that is never freed.
    pub fn reserved() -> Frame {
        Frame { state: FrameFlags::RESERVED.bits(), ..Frame::default() }
    }

    /// A frame with these flags, mapped by one entry as page `index` of its mapping.
    #[inline]
    pub const fn mapped_once(flags: FrameFlags, mapping: u32, index: u64) -> Frame {
        let mut frame = Frame { mapping, state: flags.bits(), place: [0; 2] };
        frame.set_place(index & INDEX_MASK | 1 << INDEX_BITS);
        frame
    }

    /// State.
    pub const fn flags(&self) -> FrameFlags {
        FrameFlags::from_bits_truncate(self.state & ((1 << FLAG_BITS) - 1))
    }

    /// Whether all of `flags` are set.
    pub const fn has(&self, flags: FrameFlags) -> bool {
        self.state & flags.bits() == flags.bits()
    }

    /// Whether it has a page of a file that is on a disk.
    pub(crate) const fn is_of_disk_file(&self) -> bool {
        self.has(FrameFlags::FILE) && !self.has(FrameFlags::SWAPBACKED)
    }

    /// Whether it has a page of shared memory, and that is in the page cache, not in the swap cache.
    pub(crate) const fn is_cached_shmem(&self) -> bool {
        self.has(FrameFlags::FILE.union(FrameFlags::SWAPBACKED)) && !self.has(FrameFlags::SWAPCACHE)
    }

    /// Sets `flags` as well.
    pub const fn insert(&mut self, flags: FrameFlags) {
        self.state |= flags.bits();
    }

    /// Clears `flags`.
    #[inline]
    pub const fn remove(&mut self, flags: FrameFlags) {
        self.state &= !flags.bits();
    }

    /// Sets or clears `flags`.
    pub const fn set(&mut self, flags: FrameFlags, on: bool) {
        if on {
            self.insert(flags);
        } else {
            self.remove(flags);
        }
    }

    /// log2 of the frames of the folio that this HEAD or TAIL belongs to; 0 for a single frame. A folio is aligned to its
    /// size, so the head of a TAIL is its own number rounded down.
    pub const fn order(&self) -> u32 {
        self.state >> FLAG_BITS & ORDER_MASK
    }

    /// Sets the order, at most 15.
    pub const fn set_order(&mut self, order: u32) {
        self.state = self.state & !(ORDER_MASK << FLAG_BITS) | (order & ORDER_MASK) << FLAG_BITS;
    }

    /// Page index in its mapping, below 2^51 (a file offset is below 2^63).
    pub const fn index(&self) -> u64 {
        self.place() & INDEX_MASK
    }

    /// Sets the page index; its bits from 2^51 up are dropped.
    pub const fn set_index(&mut self, index: u64) {
        self.set_place(self.place() & !INDEX_MASK | index & INDEX_MASK);
    }

    /// Page-table entries that map it.
    pub const fn mapcount(&self) -> u32 {
        (self.state >> COUNT_HIGH_SHIFT) << COUNT_LOW_BITS | (self.place() >> INDEX_BITS) as u32
    }

    /// Sets the mapcount, at most [`MAPCOUNT_MAX`].
    pub const fn set_mapcount(&mut self, count: u32) {
        let count = if count > MAPCOUNT_MAX { MAPCOUNT_MAX } else { count };
        let high = (count >> COUNT_LOW_BITS) << COUNT_HIGH_SHIFT;
        self.state = self.state & ((1 << COUNT_HIGH_SHIFT) - 1) | high;
        self.set_place(self.index() | ((count & COUNT_LOW_MASK) as u64) << INDEX_BITS);
    }

    /// One more entry maps it: the new count.
    #[inline]
    pub const fn inc_mapcount(&mut self) -> u32 {
        if self.place[1] < COUNT_LOW_MASK << COUNT_LOW_SHIFT {
            self.add_one_of_few();
        } else {
            self.set_mapcount(self.mapcount() + 1);
        }
        self.mapcount()
    }

    /// One entry less maps it: the new count. A count of 0 or [`MAPCOUNT_MAX`] stays.
    #[inline]
    pub const fn dec_mapcount(&mut self) -> u32 {
        let low = self.place[1] >> COUNT_LOW_SHIFT;
        if low != 0 && low != COUNT_LOW_MASK {
            self.place[1] -= 1 << COUNT_LOW_SHIFT;
        } else if self.mapcount() != MAPCOUNT_MAX {
            self.set_mapcount(self.mapcount().saturating_sub(1));
        }
        self.mapcount()
    }

    /// One more entry maps it; few did so far.
    #[inline]
    pub(crate) const fn add_one_of_few(&mut self) {
        self.place[1] += 1 << COUNT_LOW_SHIFT;
    }

    const fn place(&self) -> u64 {
        self.place[0] as u64 | (self.place[1] as u64) << 32
    }

    const fn set_place(&mut self, place: u64) {
        self.place = [place as u32, (place >> 32) as u32];
    }
}

/// A descriptor as two words: of two of them at once a vector is made of.
type Words = [u64; 2];

/// The word of two fields that lie one behind the other.
const fn word(first: u32, second: u32) -> u64 {
    let [a, b, c, d] = first.to_ne_bytes();
    let [e, f, g, h] = second.to_ne_bytes();
    u64::from_ne_bytes([a, b, c, d, e, f, g, h])
}

/// What many descriptors are to be like: of the bits `mask` of their words they have `wanted`.
#[derive(Clone, Copy)]
pub(crate) struct Pattern {
    mask: Words,
    wanted: Words,
}

impl Pattern {
    /// Of `flags` they have `those`, and are mapped once.
    pub(crate) const fn mapped_once(flags: FrameFlags, those: FrameFlags) -> Pattern {
        const HIGH: u32 = u32::MAX << COUNT_HIGH_SHIFT;
        let mask = [word(0, flags.bits() | HIGH), word(0, COUNT_LOW_MASK << COUNT_LOW_SHIFT)];
        Pattern { mask, wanted: [word(0, those.bits()), word(0, 1 << COUNT_LOW_SHIFT)] }
    }

    /// Of `flags` they have `those`, and are mapped as seldom as [`Frame::add_one_of_few`] can add to.
    pub(crate) const fn seldom_mapped(flags: FrameFlags, those: FrameFlags) -> Pattern {
        let mask = [word(0, flags.bits()), word(0, 1 << (u32::BITS - 1))];
        Pattern { mask, wanted: [word(0, those.bits()), 0] }
    }

    /// Whether all are like that. (Without a branch for each, and alike for both words, so by vectors.)
    #[inline(always)]
    pub(crate) fn fits(&self, frames: &[Frame]) -> bool {
        let (mut any, mut all) = ([0; 2], [u64::MAX; 2]);
        for words in bytemuck::cast_slice::<Frame, Words>(frames) {
            for i in 0..2 {
                any[i] |= words[i];
                all[i] &= words[i];
            }
        }
        let unlike = |i: usize| (any[i] ^ self.wanted[i] | all[i] ^ self.wanted[i]) & self.mask[i];
        unlike(0) | unlike(1) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_do_not_disturb_each_other() {
        assert_eq!(size_of::<Frame>(), 16);
        let mut frame = Frame::default();
        frame.set_index(u64::MAX);
        frame.set_order(9);
        frame.insert(FrameFlags::all());
        assert_eq!(frame.mapcount(), 0);
        frame.set_mapcount(COUNT_LOW_MASK);
        assert_eq!(frame.inc_mapcount(), COUNT_LOW_MASK + 1);
        assert_eq!(frame.dec_mapcount(), COUNT_LOW_MASK);
        frame.remove(FrameFlags::all());
        frame.set_order(0);
        assert_eq!((frame.index(), frame.mapcount()), (INDEX_MASK, COUNT_LOW_MASK));
        frame.set_index(0);
        frame.set_mapcount(0);
        assert_eq!(frame, Frame::default());
    }

    #[test]
    fn a_full_mapcount_sticks() {
        let mut frame = Frame::default();
        frame.set_mapcount(MAPCOUNT_MAX);
        assert_eq!(frame.inc_mapcount(), MAPCOUNT_MAX);
        assert_eq!(frame.dec_mapcount(), MAPCOUNT_MAX);
    }
}
