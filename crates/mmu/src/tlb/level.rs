//! One level of a TLB: an array for base pages, and where larger ones are.

use super::array::{Array, Entry, Key, Life};
use super::config::{Home, TlbLevel};
use rand_pcg::Pcg32;
use serde::{Deserialize, Serialize};

/// Page sizes: base pages, and those of leaves at level 1 and at level 2.
pub(super) const SIZES: usize = 3;

/// An array of a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Place {
    Small,
    Large,
    Huge,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Level {
    pub(super) small: Array,
    large: Option<Array>,
    huge: Option<Array>,
    /// The array of each size; none: its pages come in pieces.
    places: [Option<Place>; SIZES],
}

/// What was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) entry: Entry,
    pub(super) place: Place,
    pub(super) set: usize,
    /// Whether it was the most recently used entry of its set already.
    pub(super) was_first: bool,
}

impl Level {
    /// A level; with `shared_in_one_set`, an array that sizes share is fully associative.
    pub(super) fn new(config: &TlbLevel, shared_in_one_set: bool) -> Level {
        let own = |home| match home {
            Home::Own(geometry) => Some(Array::new(geometry)),
            _ => None,
        };
        let large = match config.large {
            Home::Own(_) => Some(Place::Large),
            Home::WithSmall | Home::WithLarge => Some(Place::Small),
            Home::Pieces => None,
        };
        let huge = match config.huge {
            Home::Own(_) => Some(Place::Huge),
            Home::WithSmall => Some(Place::Small),
            Home::WithLarge => large,
            Home::Pieces => None,
        };
        let mut small = config.small;
        let shares = large == Some(Place::Small) || huge == Some(Place::Small);
        if shares && shared_in_one_set {
            small.ways = small.entries;
        }
        Level {
            small: Array::new(small),
            large: own(config.large),
            huge: own(config.huge),
            places: [Some(Place::Small), large, huge],
        }
    }

    /// The size as which a page of `size` is kept here: its own, or that of its pieces.
    pub(super) fn kept_as(&self, size: usize) -> usize {
        (0..=size.min(SIZES - 1)).rev().find(|&size| self.places[size].is_some()).unwrap_or(0)
    }

    /// The array of a size that is kept as such.
    fn array(&mut self, size: usize) -> Option<(&mut Array, Place)> {
        let place = self.places[size]?;
        let array = match place {
            Place::Small => Some(&mut self.small),
            Place::Large => self.large.as_mut(),
            Place::Huge => self.huge.as_mut(),
        };
        Some((array?, place))
    }

    /// Looks a page of `size` up, and uses it.
    pub(super) fn lookup(&mut self, size: usize, page: u64, key: u64, life: Life<'_>) -> Option<Found> {
        let (array, place) = self.array(size)?;
        let set = array.set_of(page);
        let (entry, was_first) = array.lookup(set, Key::new(key), life)?;
        Some(Found { entry, place, set, was_first })
    }

    /// Puts a page of `size` in, which is kept as such; where.
    pub(super) fn insert(
        &mut self,
        size: usize,
        page: u64,
        key: u64,
        entry: Entry,
        life: Life<'_>,
        random: &mut Pcg32,
    ) -> (Place, usize) {
        let Some((array, place)) = self.array(size) else { return (Place::Small, 0) };
        let set = array.set_of(page);
        array.insert(set, Key::new(key), entry, life, random);
        (place, set)
    }

    /// Takes a page of `size` out.
    pub(super) fn remove(&mut self, size: usize, page: u64, key: u64) {
        if let Some((array, _)) = self.array(size) {
            array.remove(page, Key::new(key));
        }
    }

    fn arrays(&self) -> impl Iterator<Item = &Array> {
        std::iter::once(&self.small).chain(&self.large).chain(&self.huge)
    }

    fn arrays_mut(&mut self) -> impl Iterator<Item = &mut Array> {
        std::iter::once(&mut self.small).chain(&mut self.large).chain(&mut self.huge)
    }

    pub(super) fn clear(&mut self) {
        self.arrays_mut().for_each(Array::clear);
    }

    pub(super) fn retain(&mut self, live: impl Fn(u64) -> bool) {
        self.arrays_mut().for_each(|array| array.retain(&live));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, Entry)> {
        self.arrays().flat_map(Array::iter)
    }
}
