//! One set-associative array of a TLB with true least-recently-used replacement.
//!
//! A set keeps its entries in order of use, the most recent first, and the free ways last. So the victim is always the last
//! way, and the position of an entry is all there is to its history. No branch depends on the way that matches.

use super::TlbGeometry;

/// What a TLB remembers of a page: its frame and the rights it was walked with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry(pub(super) u64);

/// A free way: no key is 0.
const FREE: u64 = 0;

#[derive(Clone, Debug)]
pub(super) struct Array {
    ways: usize,
    set_mask: u64,
    keys: Box<[u64]>,
    entries: Box<[Entry]>,
    /// Per set: up to which epoch dead entries have been swept out.
    swept: Box<[u32]>,
}

impl Array {
    pub(super) fn new(geometry: TlbGeometry) -> Array {
        let (sets, ways) = (geometry.sets(), geometry.ways());
        Array {
            ways,
            set_mask: sets as u64 - 1,
            keys: vec![FREE; sets * ways].into(),
            entries: vec![Entry::default(); sets * ways].into(),
            swept: vec![0; sets].into(),
        }
    }

    pub(super) fn sets(&self) -> usize {
        self.swept.len()
    }

    /// The set of a page number.
    #[inline]
    pub(super) fn set_of(&self, page: u64) -> usize {
        (page & self.set_mask) as usize
    }

    /// Where in its set a key is.
    #[inline]
    pub(super) fn find(&self, set: usize, key: u64) -> Option<usize> {
        let mut found = usize::MAX;
        for (way, &k) in self.keys[set * self.ways..][..self.ways].iter().enumerate() {
            found = if k == key { way } else { found };
        }
        (found != usize::MAX).then_some(found)
    }

    #[inline]
    pub(super) fn entry(&self, set: usize, way: usize) -> Entry {
        self.entries[set * self.ways + way]
    }

    /// Makes the entry at `way` the most recent one.
    #[inline]
    pub(super) fn promote(&mut self, set: usize, way: usize) {
        let at = set * self.ways + way;
        let (key, entry) = (self.keys[at], self.entries[at]);
        self.shift_in(set, way, key, entry);
    }

    /// Puts an entry in that is not there, as the most recent one; the least recent one goes.
    #[inline]
    pub(super) fn insert(&mut self, set: usize, key: u64, entry: Entry) {
        self.shift_in(set, self.ways - 1, key, entry);
    }

    fn shift_in(&mut self, set: usize, last: usize, key: u64, entry: Entry) {
        let range = set * self.ways..(set + 1) * self.ways;
        shift_in(&mut self.keys[range.clone()], last, key);
        shift_in(&mut self.entries[range], last, entry);
    }

    /// Takes a key out.
    pub(super) fn remove(&mut self, set: usize, key: u64) {
        if let Some(way) = self.find(set, key) {
            let (first, end) = (set * self.ways + way, (set + 1) * self.ways);
            self.keys.copy_within(first + 1..end, first);
            self.entries.copy_within(first + 1..end, first);
            self.keys[end - 1] = FREE;
        }
    }

    /// Takes out of a set whatever is not `live`, unless that was done in this epoch.
    #[inline]
    pub(super) fn sweep(&mut self, set: usize, epoch: u32, live: impl Fn(u64) -> bool) {
        if self.swept[set] != epoch {
            self.swept[set] = epoch;
            self.retain(set, live);
        }
    }

    fn retain(&mut self, set: usize, live: impl Fn(u64) -> bool) {
        let (start, end) = (set * self.ways, (set + 1) * self.ways);
        let mut kept = start;
        for at in start..end {
            if self.keys[at] != FREE && live(self.keys[at]) {
                self.keys[kept] = self.keys[at];
                self.entries[kept] = self.entries[at];
                kept += 1;
            }
        }
        self.keys[kept..end].fill(FREE);
    }

    /// Empties it.
    pub(super) fn clear(&mut self) {
        self.keys.fill(FREE);
        self.swept.fill(0);
    }

    /// All keys with their entries, set by set, the most recent first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, Entry)> {
        self.keys.iter().copied().zip(self.entries.iter().copied()).filter(|&(key, _)| key != FREE)
    }
}

/// Moves what stands before `last` up by one, over what is there, and puts `first` in front.
#[inline]
fn shift_in<T: Copy>(slots: &mut [T], last: usize, first: T) {
    let mut carry = first;
    for (i, slot) in slots.iter_mut().enumerate() {
        let old = *slot;
        *slot = if i <= last { carry } else { old };
        carry = old;
    }
}
