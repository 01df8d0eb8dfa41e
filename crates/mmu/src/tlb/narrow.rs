//! The sets of an array with up to 16 ways.
//!
//! Free ways are the least recent ones of their set, so the victim of the least-recently-used rule is always the last. A set is
//! searched by a byte of each key's hash, eight ways at a time; no branch depends on the way that matches.

use super::array::{Entry, FREE, Key};
use super::asid::Asids;
use super::config::{Replacement, TlbGeometry};
use super::order::{MAX_ORDERED, Order};
use super::tree::Tree;
use rand_pcg::Pcg32;
use rand_pcg::rand_core::Rng;
use serde::{Deserialize, Serialize};

const BYTES: u64 = 0x0101_0101_0101_0101;
const WAYS: usize = MAX_ORDERED as usize;

/// A set, with room for the most ways there can be.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Set {
    order: Order,
    /// A byte of each way's key's hash.
    hashes: [u8; WAYS],
    /// Up to which epoch dead entries have been swept out.
    swept: u32,
    ways: u8,
    replacement: Replacement,
    /// The bits of [`Tree`].
    tree: u16,
    keys: [u64; WAYS],
    entries: [Entry; WAYS],
}

impl Set {
    pub(super) fn new(geometry: TlbGeometry) -> Set {
        Set {
            order: Order::START,
            hashes: [0; WAYS],
            swept: 0,
            ways: geometry.ways() as u8,
            replacement: geometry.replacement,
            tree: 0,
            keys: [FREE; WAYS],
            entries: [Entry::default(); WAYS],
        }
    }

    /// The way that holds a key.
    #[inline(always)]
    pub(super) fn find(&self, key: Key) -> Option<usize> {
        let (eights, _) = self.hashes.as_chunks();
        for (at, hashes) in eights.iter().enumerate() {
            let mut likely = zero_bytes(u64::from_le_bytes(*hashes) ^ key.hashes);
            while likely != 0 {
                let way = at * 8 + likely.trailing_zeros() as usize / 8;
                if self.keys[way % WAYS] == key.word {
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

    /// Takes the entries out that died up to `epoch`.
    #[inline(always)]
    pub(super) fn settle(&mut self, epoch: u32, asids: &Asids) {
        if self.swept != epoch {
            self.sweep(epoch, asids);
        }
    }

    /// Notes that `way` is used.
    #[inline(always)]
    pub(super) fn note_use(&mut self, way: usize) {
        if self.replacement == Replacement::Lru {
            self.order = self.order.with_first(way);
        } else {
            self.note_other_use(way);
        }
    }

    #[cold]
    fn note_other_use(&mut self, way: usize) {
        if self.replacement == Replacement::TreePlru {
            self.order = self.order.with_first(way);
            self.touch_tree(way);
        }
    }

    fn touch_tree(&mut self, way: usize) {
        let mut tree = Tree(self.tree.into());
        tree.touch(way, self.ways());
        self.tree = tree.0 as u16;
    }

    #[inline]
    fn ways(&self) -> u32 {
        self.ways.into()
    }

    /// Puts an entry in that is not there, as one just used.
    #[inline(always)]
    pub(super) fn insert(&mut self, key: Key, entry: Entry, random: &mut Pcg32) {
        if matches!(self.replacement, Replacement::Lru | Replacement::Fifo) {
            let (last, order) = self.order.rotated(self.ways());
            self.put(last, key, entry);
            self.order = order;
        } else {
            self.insert_other(key, entry, random);
        }
    }

    #[cold]
    fn insert_other(&mut self, key: Key, entry: Entry, random: &mut Pcg32) {
        let free = self.keys[..self.ways().min(MAX_ORDERED) as usize].iter().position(|key| *key == FREE);
        let way = match self.replacement {
            _ if free.is_some() => free.unwrap_or(0),
            Replacement::TreePlru => Tree(self.tree.into()).victim(self.ways()),
            _ => (random.next_u32() % self.ways()) as usize,
        };
        self.put(way, key, entry);
        self.order = self.order.with_first(way);
        self.touch_tree(way);
    }

    #[inline(always)]
    fn put(&mut self, way: usize, key: Key, entry: Entry) {
        let way = way % WAYS;
        self.keys[way] = key.word;
        self.entries[way] = entry;
        self.hashes[way] = key.hashes as u8;
    }

    /// Takes a key out.
    pub(super) fn remove(&mut self, key: Key) {
        if let Some(way) = self.find(key) {
            self.free(way);
        }
    }

    /// Takes all keys out that are not `live`.
    pub(super) fn retain(&mut self, live: impl Fn(u64) -> bool) {
        for position in (0..self.ways()).rev() {
            let way = self.order.way(position);
            let key = self.keys[way % WAYS];
            if key != FREE && !live(key) {
                self.free(way);
            }
        }
    }

    /// Empties it.
    pub(super) fn clear(&mut self) {
        self.retain(|_| false);
        (self.swept, self.tree) = (0, 0);
    }

    fn free(&mut self, way: usize) {
        self.keys[way % WAYS] = FREE;
        self.order = self.order.with_last(way, self.ways());
    }

    #[cold]
    fn sweep(&mut self, epoch: u32, asids: &Asids) {
        self.swept = epoch;
        self.retain(|key| asids.is_live(key));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, Entry)> {
        let ways = (0..self.ways()).map(|position| self.order.way(position) % WAYS);
        ways.map(|way| (self.keys[way], self.entries[way])).filter(|&(key, _)| key != FREE)
    }
}

/// The highest bit of each byte that is zero, and seldom of one above it that is not.
#[inline]
fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(BYTES) & !word & (BYTES << 7)
}
