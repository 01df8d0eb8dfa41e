//! One set-associative array of a TLB: few ways a set in words, many in slices.

use super::asid::Asids;
use super::config::TlbGeometry;
use super::narrow::Set;
use super::order::MAX_ORDERED;
use super::wide::Wide;
use rand_pcg::Pcg32;
use serde::{Deserialize, Serialize};

/// What a TLB remembers of a page: its frame and the rights it was walked with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry(pub(super) u64);

/// A free way: no key is 0.
pub(super) const FREE: u64 = 0;

/// What an entry is found by.
#[derive(Clone, Copy)]
pub(super) struct Key {
    pub(super) word: u64,
    /// In each byte the same hash of the word.
    pub(super) hashes: u64,
}

impl Key {
    #[inline(always)]
    pub(super) fn new(word: u64) -> Key {
        Key { word, hashes: (word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) * 0x0101_0101_0101_0101 }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Array {
    set_mask: u64,
    sets: Sets,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Sets {
    Narrow(Box<[Set]>),
    Wide(Box<Wide>),
}

/// Which entries live: those of tags that are in use.
#[derive(Clone, Copy)]
pub(super) struct Life<'a> {
    pub(super) epoch: u32,
    pub(super) asids: &'a Asids,
}

impl Array {
    pub(super) fn new(geometry: TlbGeometry) -> Array {
        let sets = if geometry.ways() <= MAX_ORDERED {
            Sets::Narrow(vec![Set::new(geometry); geometry.sets()].into())
        } else {
            Sets::Wide(Box::new(Wide::new(geometry)))
        };
        Array { set_mask: geometry.sets() as u64 - 1, sets }
    }

    #[inline]
    pub(super) fn sets(&self) -> usize {
        self.set_mask as usize + 1
    }

    /// The number of the set of a page.
    #[inline]
    pub(super) fn set_of(&self, page: u64) -> usize {
        (page & self.set_mask) as usize
    }

    /// The entry of a key, which is used from now on; and whether it was the most recently used one already.
    #[inline(always)]
    pub(super) fn lookup(&mut self, number: usize, key: Key, life: Life<'_>) -> Option<(Entry, bool)> {
        match &mut self.sets {
            Sets::Narrow(sets) => {
                let set = &mut sets[number];
                set.settle(life.epoch, life.asids);
                let way = set.find(key)?;
                let first = set.is_first(way);
                set.note_use(way);
                Some((set.entry(way), first))
            }
            Sets::Wide(wide) => Some((wide.lookup(number, key.word, life)?, false)),
        }
    }

    /// Puts an entry in that is not there.
    #[inline(always)]
    pub(super) fn insert(
        &mut self,
        number: usize,
        key: Key,
        entry: Entry,
        life: Life<'_>,
        random: &mut Pcg32,
    ) {
        match &mut self.sets {
            Sets::Narrow(sets) => {
                let set = &mut sets[number];
                set.settle(life.epoch, life.asids);
                set.insert(key, entry, random);
            }
            Sets::Wide(wide) => wide.insert(number, key.word, entry, life, random),
        }
    }

    /// Takes the key of a page out.
    pub(super) fn remove(&mut self, page: u64, key: Key) {
        let number = self.set_of(page);
        match &mut self.sets {
            Sets::Narrow(sets) => sets[number].remove(key),
            Sets::Wide(wide) => wide.remove(number, key.word),
        }
    }

    /// Takes all keys out that are not `live`.
    pub(super) fn retain(&mut self, live: impl Fn(u64) -> bool) {
        match &mut self.sets {
            Sets::Narrow(sets) => sets.iter_mut().for_each(|set| set.retain(&live)),
            Sets::Wide(wide) => wide.retain(live),
        }
    }

    /// Empties it.
    pub(super) fn clear(&mut self) {
        match &mut self.sets {
            Sets::Narrow(sets) => sets.iter_mut().for_each(Set::clear),
            Sets::Wide(wide) => wide.clear(),
        }
    }

    /// All keys with their entries, set by set.
    pub(super) fn iter(&self) -> Box<dyn Iterator<Item = (u64, Entry)> + '_> {
        match &self.sets {
            Sets::Narrow(sets) => Box::new(sets.iter().flat_map(Set::iter)),
            Sets::Wide(wide) => Box::new(wide.iter()),
        }
    }
}
