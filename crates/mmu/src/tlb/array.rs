//! One set-associative array of a TLB with true least-recently-used replacement.
//!
//! Free ways are the least recent ones of their set, so the victim is always the last. A set is searched by a byte of each
//! key's hash, eight ways at a time; no branch depends on the way that matches.

use super::TlbGeometry;
use super::asid::Asids;
use super::order::{MAX_WAYS, Order};
use serde::{Deserialize, Serialize};

/// What a TLB remembers of a page: its frame and the rights it was walked with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry(pub(super) u64);

/// A free way: no key is 0.
const FREE: u64 = 0;
const BYTES: u64 = 0x0101_0101_0101_0101;
const WAYS: usize = MAX_WAYS as usize;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Array {
    set_mask: u64,
    sets: Box<[Set]>,
}

/// A set, with room for the most ways there can be.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Set {
    order: Order,
    /// A byte of each way's key's hash.
    hashes: [u8; WAYS],
    /// Up to which epoch dead entries have been swept out.
    swept: u32,
    ways: u32,
    keys: [u64; WAYS],
    entries: [Entry; WAYS],
}

impl Array {
    pub(super) fn new(geometry: TlbGeometry) -> Array {
        let sets = vec![Set::new(geometry.ways()); geometry.sets()];
        Array { set_mask: sets.len() as u64 - 1, sets: sets.into() }
    }

    #[inline]
    pub(super) fn sets(&self) -> usize {
        self.sets.len()
    }

    /// The number of the set of a page.
    #[inline]
    pub(super) fn set_of(&self, page: u64) -> usize {
        (page & self.set_mask) as usize
    }

    /// A set, without the entries that died up to this epoch.
    #[inline(always)]
    pub(super) fn set(&mut self, number: usize, epoch: u32, asids: &Asids) -> &mut Set {
        let set = &mut self.sets[number];
        if set.swept != epoch {
            set.sweep(epoch, asids);
        }
        set
    }

    /// Takes a key out of a set.
    pub(super) fn remove(&mut self, number: usize, key: u64) {
        let set = &mut self.sets[number];
        if let Some(way) = set.find(key) {
            set.free(way);
        }
    }

    /// Empties it.
    pub(super) fn clear(&mut self) {
        for set in &mut self.sets {
            *set = Set::new(set.ways);
        }
    }

    /// All keys with their entries, set by set, the most recent first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, Entry)> {
        self.sets.iter().flat_map(Set::iter)
    }
}

impl Set {
    fn new(ways: u32) -> Set {
        Set {
            order: Order::START,
            hashes: [0; WAYS],
            swept: 0,
            ways,
            keys: [FREE; WAYS],
            entries: [Entry::default(); WAYS],
        }
    }

    /// The way that holds a key.
    #[inline(always)]
    pub(super) fn find(&self, key: u64) -> Option<usize> {
        let hash = u64::from(hash(key)) * BYTES;
        let (eights, _) = self.hashes.as_chunks();
        for (at, hashes) in eights.iter().enumerate() {
            let mut likely = zero_bytes(u64::from_le_bytes(*hashes) ^ hash);
            while likely != 0 {
                let way = at * 8 + likely.trailing_zeros() as usize / 8;
                if self.keys[way % WAYS] == key {
                    return Some(way);
                }
                likely &= likely - 1;
            }
            if self.ways <= 8 {
                break;
            }
        }
        None
    }

    #[inline]
    pub(super) fn entry(&self, way: usize) -> Entry {
        self.entries[way % WAYS]
    }

    /// Whether `way` is the most recent one.
    #[inline]
    pub(super) fn is_first(&self, way: usize) -> bool {
        self.order.way(0) == way
    }

    /// Makes `way` the most recent one.
    #[inline(always)]
    pub(super) fn promote(&mut self, way: usize) {
        self.order = self.order.with_first(way);
    }

    /// Puts an entry in that is not there, as the most recent one; the least recent one goes.
    #[inline(always)]
    pub(super) fn insert(&mut self, key: u64, entry: Entry) {
        let way = self.order.way(self.ways - 1) % WAYS;
        self.keys[way] = key;
        self.entries[way] = entry;
        self.hashes[way] = hash(key);
        self.order = self.order.rotated(self.ways);
    }

    fn free(&mut self, way: usize) {
        self.keys[way % WAYS] = FREE;
        self.order = self.order.with_last(way, self.ways);
    }

    #[cold]
    fn sweep(&mut self, epoch: u32, asids: &Asids) {
        self.swept = epoch;
        for position in (0..self.ways).rev() {
            let way = self.order.way(position);
            let key = self.keys[way % WAYS];
            if key != FREE && !asids.is_live(key) {
                self.free(way);
            }
        }
    }

    fn iter(&self) -> impl Iterator<Item = (u64, Entry)> {
        let ways = (0..self.ways).map(|position| self.order.way(position) % WAYS);
        ways.map(|way| (self.keys[way], self.entries[way])).filter(|&(key, _)| key != FREE)
    }
}

/// A byte of the key's bits well mixed.
#[inline]
fn hash(key: u64) -> u8 {
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8
}

/// The highest bit of each byte that is zero, and seldom of one above it that is not.
#[inline]
fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(BYTES) & !word & (BYTES << 7)
}
