//! A TLB as the textbook has it, slow and plain: lists of slots, times of use, trees of booleans.

use super::super::{Home, Replacement, TlbConfig, TlbGeometry, TlbLevel, TlbStats};
use super::{LARGE_START, SPACES};
use rand_pcg::Pcg32;
use rand_pcg::rand_core::Rng;
use std::collections::BTreeSet;

/// What an access does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Load,
    Store,
    Fetch,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Key {
    large: bool,
    page: u64,
    space: usize,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    held: Option<(Key, bool)>,
    used: u64,
    arrived: u64,
}

/// One array; its sets side by side, each with the booleans of its tree (true: the victim is on the right).
struct Naive {
    geometry: TlbGeometry,
    slots: Vec<Slot>,
    trees: Vec<Vec<bool>>,
}

impl Naive {
    fn new(geometry: TlbGeometry) -> Naive {
        let sets = (geometry.entries / geometry.ways) as usize;
        let slots = vec![Slot::default(); sets * geometry.ways as usize];
        let tree = vec![false; geometry.ways.next_power_of_two() as usize * 2];
        Naive { geometry, slots, trees: vec![tree; sets] }
    }

    fn set(&self, key: Key) -> usize {
        key.page as usize % self.trees.len()
    }

    fn range(&self, key: Key) -> std::ops::Range<usize> {
        let ways = self.geometry.ways as usize;
        let first = self.set(key) * ways;
        first..first + ways
    }

    fn use_key(&mut self, key: Key, now: u64) -> Option<bool> {
        let range = self.range(key);
        let at = range.clone().find(|&at| self.slots[at].held.is_some_and(|(k, _)| k == key))?;
        self.slots[at].used = now;
        self.turn(key, at - range.start);
        self.slots[at].held.map(|(_, dirty)| dirty)
    }

    fn enter(&mut self, key: Key, dirty: bool, now: u64, random: &mut Pcg32) {
        let range = self.range(key);
        let free = range.clone().find(|&at| self.slots[at].held.is_none());
        let at = free.unwrap_or_else(|| match self.geometry.replacement {
            Replacement::Lru => range.clone().min_by_key(|&at| self.slots[at].used).expect("ways"),
            Replacement::Fifo => range.clone().min_by_key(|&at| self.slots[at].arrived).expect("ways"),
            Replacement::Random => range.start + (random.next_u32() % self.geometry.ways) as usize,
            Replacement::TreePlru => range.start + self.pointed_at(key),
        });
        self.slots[at] = Slot { held: Some((key, dirty)), used: now, arrived: now };
        self.turn(key, at - range.start);
    }

    /// Where the tree's booleans lead; a subtree without a way is passed by.
    fn pointed_at(&self, key: Key) -> usize {
        let tree = &self.trees[self.set(key)];
        let (mut low, mut high, mut node) = (0, self.geometry.ways.next_power_of_two() as usize, 0);
        while high - low > 1 {
            let middle = usize::midpoint(low, high);
            if tree[node] && middle < self.geometry.ways as usize {
                (low, node) = (middle, 2 * node + 2);
            } else {
                (high, node) = (middle, 2 * node + 1);
            }
        }
        low
    }

    fn turn(&mut self, key: Key, way: usize) {
        let set = self.set(key);
        let tree = &mut self.trees[set];
        let (mut low, mut high, mut node) = (0, self.geometry.ways.next_power_of_two() as usize, 0);
        while high - low > 1 {
            let middle = usize::midpoint(low, high);
            let right = way >= middle;
            tree[node] = !right;
            if right {
                (low, node) = (middle, 2 * node + 2);
            } else {
                (high, node) = (middle, 2 * node + 1);
            }
        }
    }

    fn drop_keys(&mut self, which: impl Fn(Key) -> bool) {
        for slot in self.slots.iter_mut().filter(|slot| slot.held.is_some_and(|(key, _)| which(key))) {
            slot.held = None;
        }
    }
}

/// A level: its arrays, and which of them large pages are in; None: in pieces.
struct Level {
    arrays: Vec<Naive>,
    large: Option<usize>,
}

impl Level {
    fn new(config: &TlbLevel) -> Level {
        let mut arrays = vec![Naive::new(config.small)];
        let large = match config.large {
            Home::Own(geometry) => {
                arrays.push(Naive::new(geometry));
                Some(1)
            }
            Home::Pieces => None,
            _ => Some(0),
        };
        Level { arrays, large }
    }

    fn array(&mut self, large: bool) -> Option<&mut Naive> {
        let at = if large { self.large? } else { 0 };
        self.arrays.get_mut(at)
    }
}

/// All of it, with one running space.
pub(super) struct Model {
    data: Level,
    code: Option<Level>,
    second: Level,
    second_code: Option<Level>,
    dirty_pages: BTreeSet<Key>,
    pieces: bool,
    ids: Vec<Option<usize>>,
    next_id: usize,
    /// Spaces that must be flushed before they run again.
    behind: [bool; SPACES],
    pub(super) running: usize,
    now: u64,
    random: Pcg32,
    pub(super) stats: TlbStats,
}

impl Model {
    pub(super) fn new(config: &TlbConfig) -> Model {
        Model {
            data: Level::new(&config.data),
            code: config.code.as_ref().map(Level::new),
            second: Level::new(&config.l2),
            second_code: config.l2_code.as_ref().map(Level::new),
            dirty_pages: BTreeSet::new(),
            pieces: false,
            ids: vec![None; super::super::asid::ASIDS],
            next_id: 0,
            behind: [false; SPACES],
            running: usize::MAX,
            now: 0,
            random: Pcg32::new(0, super::super::RANDOM_STREAM),
            stats: TlbStats::default(),
        }
    }

    fn key(&self, at: u64, large: bool) -> Key {
        Key { page: if large { at >> 21 } else { at >> 12 }, large, space: self.running }
    }

    /// The first or second level of an access.
    fn level(&mut self, what: Use, level: u32) -> &mut Level {
        match (what, level) {
            (Use::Fetch, 1) => self.code.as_mut().unwrap_or(&mut self.data),
            (Use::Fetch, _) if self.code.is_some() => self.second_code.as_mut().unwrap_or(&mut self.second),
            (_, 1) => &mut self.data,
            _ => &mut self.second,
        }
    }

    fn find(&mut self, at: u64, what: Use, level: u32) -> Option<(bool, bool)> {
        let now = self.now;
        [false, true].into_iter().find_map(|large| {
            let key = self.key(at, large);
            let dirty = self.level(what, level).array(large)?.use_key(key, now)?;
            Some((large, dirty))
        })
    }

    fn enter(&mut self, at: u64, what: Use, level: u32, large: bool, dirty: bool) {
        let kept = large && self.level(what, level).large.is_some();
        self.pieces |= kept != large;
        let (key, now) = (self.key(at, kept), self.now);
        let mut random = self.random.clone();
        self.level(what, level).array(kept).expect("a size that is kept").enter(key, dirty, now, &mut random);
        self.random = random;
    }

    pub(super) fn access(&mut self, at: u64, what: Use) {
        self.now += 1;
        self.stats.accesses += 1;
        let found = self.find(at, what, 1).or_else(|| {
            self.stats.l1_misses += 1;
            let (large, dirty) = self.find(at, what, 2)?;
            self.enter(at, what, 1, large, dirty);
            Some((large, dirty))
        });
        match found {
            Some((_, dirty)) if dirty || what != Use::Store => return,
            Some(_) => {
                self.stats.rewalks += 1;
                let keys = [self.key(at, false), self.key(at, true)];
                self.drop_keys(|key| keys.contains(&key));
            }
            None => self.stats.l2_misses += 1,
        }
        self.walk(at, what);
    }

    fn walk(&mut self, at: u64, what: Use) {
        let large = at >= LARGE_START;
        self.stats.references_saved += u64::from(large);
        let page = self.key(at, large);
        if what == Use::Store {
            self.dirty_pages.insert(page);
        }
        let dirty = self.dirty_pages.contains(&page);
        self.enter(at, what, 2, large, dirty);
        self.enter(at, what, 1, large, dirty);
    }

    fn drop_keys(&mut self, which: impl Fn(Key) -> bool) {
        let levels =
            [Some(&mut self.data), self.code.as_mut(), Some(&mut self.second), self.second_code.as_mut()];
        for array in levels.into_iter().flatten().flat_map(|level| &mut level.arrays) {
            array.drop_keys(&which);
        }
    }

    pub(super) fn flush_pages(&mut self, at: u64, pages: u64) {
        if pages > 33 {
            return self.flush_space(self.running);
        }
        self.stats.page_flushes += pages;
        let (space, pieces) = (self.running, self.pieces);
        for page in (at >> 12)..(at >> 12) + pages {
            let hit = |key: Key| key.page == if key.large { page >> 9 } else { page };
            self.drop_keys(|key| key.space == space && (pieces || hit(key)));
        }
    }

    pub(super) fn flush_space(&mut self, space: usize) {
        if space == self.running {
            self.stats.asid_flushes += 1;
            self.drop_keys(|key| key.space == space);
        } else {
            self.behind[space] = true;
        }
    }

    pub(super) fn switch(&mut self, space: usize) {
        if self.running == space {
            return;
        }
        self.running = space;
        self.stats.switches += 1;
        if self.ids.contains(&Some(space)) {
            if std::mem::take(&mut self.behind[space]) {
                self.flush_space(space);
            }
            return;
        }
        let out = self.ids[self.next_id].replace(space);
        self.next_id = (self.next_id + 1) % self.ids.len();
        self.drop_keys(|key| Some(key.space) == out || key.space == space);
        self.behind[space] = false;
        self.stats.asid_flushes += 1;
    }
}
