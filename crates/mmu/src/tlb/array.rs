//! One set-associative array of a TLB with true least-recently-used replacement.
//!
//! Free ways are the least recent ones of their set, so the victim is always the last. No branch depends on the way that
//! matches.

use super::TlbGeometry;
use super::order::Order;

/// What a TLB remembers of a page: its frame and the rights it was walked with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry(pub(super) u64);

/// A free way: no key is 0.
const FREE: u64 = 0;
/// Keys are compared this many at a time.
const GROUP: usize = 4;

#[derive(Clone, Debug)]
pub(super) struct Array {
    ways: u32,
    /// Ways rounded up to whole groups; those that do not exist stay free.
    stride: usize,
    set_mask: u64,
    keys: Box<[u64]>,
    entries: Box<[Entry]>,
    sets: Box<[Set]>,
}

#[derive(Clone, Copy, Debug)]
struct Set {
    order: Order,
    /// Up to which epoch dead entries have been swept out.
    swept: u32,
}

impl Array {
    pub(super) fn new(geometry: TlbGeometry) -> Array {
        let (sets, ways) = (geometry.sets(), geometry.ways());
        let stride = (ways as usize).next_multiple_of(GROUP);
        Array {
            ways,
            stride,
            set_mask: sets as u64 - 1,
            keys: vec![FREE; sets * stride].into(),
            entries: vec![Entry::default(); sets * stride].into(),
            sets: vec![Set { order: Order::START, swept: 0 }; sets].into(),
        }
    }

    #[inline]
    pub(super) fn sets(&self) -> usize {
        self.sets.len()
    }

    /// The set of a page number.
    #[inline]
    pub(super) fn set_of(&self, page: u64) -> usize {
        (page & self.set_mask) as usize
    }

    /// The way of its set that holds a key.
    #[inline]
    pub(super) fn find(&self, set: usize, key: u64) -> Option<usize> {
        let (groups, _) = self.keys[set * self.stride..][..self.stride].as_chunks::<GROUP>();
        let mut hits = 0_u32;
        for group in groups.iter().rev() {
            let bit = |i: usize| u32::from(group[i] == key) << i;
            hits = hits << GROUP | (bit(0) | bit(1)) | (bit(2) | bit(3));
        }
        (hits != 0).then_some(hits.trailing_zeros() as usize)
    }

    #[inline]
    pub(super) fn entry(&self, set: usize, way: usize) -> Entry {
        self.entries[set * self.stride + way]
    }

    /// Whether `way` is the most recent one of its set.
    #[inline]
    pub(super) fn is_first(&self, set: usize, way: usize) -> bool {
        self.sets[set].order.way(0) == way
    }

    /// Makes `way` the most recent one of its set.
    #[inline]
    pub(super) fn promote(&mut self, set: usize, way: usize) {
        let set = &mut self.sets[set];
        set.order = set.order.with_first(way);
    }

    /// Puts an entry in that is not there, as the most recent one; the least recent one goes.
    #[inline]
    pub(super) fn insert(&mut self, set: usize, key: u64, entry: Entry) {
        let way = self.sets[set].order.way(self.ways - 1);
        let at = set * self.stride + way;
        self.keys[at] = key;
        self.entries[at] = entry;
        self.promote(set, way);
    }

    /// Takes a key out.
    #[inline]
    pub(super) fn remove(&mut self, set: usize, key: u64) {
        if let Some(way) = self.find(set, key) {
            self.free(set, way);
        }
    }

    fn free(&mut self, set: usize, way: usize) {
        self.keys[set * self.stride + way] = FREE;
        self.sets[set].order = self.sets[set].order.with_last(way, self.ways);
    }

    /// Takes out of a set whatever is not `live`, unless that was done in this epoch.
    #[inline]
    pub(super) fn sweep(&mut self, set: usize, epoch: u32, live: impl Fn(u64) -> bool) {
        if self.sets[set].swept != epoch {
            self.sets[set].swept = epoch;
            self.retain(set, live);
        }
    }

    fn retain(&mut self, set: usize, live: impl Fn(u64) -> bool) {
        for position in (0..self.ways).rev() {
            let way = self.sets[set].order.way(position);
            let key = self.keys[set * self.stride + way];
            if key != FREE && !live(key) {
                self.free(set, way);
            }
        }
    }

    /// Empties it.
    pub(super) fn clear(&mut self) {
        self.keys.fill(FREE);
        self.sets.fill(Set { order: Order::START, swept: 0 });
    }

    /// All keys with their entries, set by set, the most recent first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, Entry)> {
        let ways =
            move |set: usize| (0..self.ways).map(move |p| set * self.stride + self.sets[set].order.way(p));
        let all = (0..self.sets.len()).flat_map(ways);
        all.map(|at| (self.keys[at], self.entries[at])).filter(|&(key, _)| key != FREE)
    }
}
