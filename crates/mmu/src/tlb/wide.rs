//! An array whose sets have more ways than fit into words: fully associative first levels, mostly. Searched way by way.

use super::array::{Entry, FREE, Life};
use super::config::{Replacement, TlbGeometry};
use super::tree::Tree;
use rand_pcg::Pcg32;
use rand_pcg::rand_core::Rng;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Wide {
    replacement: Replacement,
    ways: usize,
    keys: Box<[u64]>,
    entries: Box<[Entry]>,
    /// When each way was used last, or filled if replacement is by that.
    stamps: Box<[u64]>,
    trees: Box<[Tree]>,
    /// Up to which epoch each set has no dead entries.
    swept: Box<[u32]>,
    now: u64,
}

impl Wide {
    pub(super) fn new(geometry: TlbGeometry) -> Wide {
        let (ways, sets) = (geometry.ways() as usize, geometry.sets());
        Wide {
            replacement: geometry.replacement,
            ways,
            keys: vec![FREE; ways * sets].into(),
            entries: vec![Entry::default(); ways * sets].into(),
            stamps: vec![0; ways * sets].into(),
            trees: vec![Tree::default(); sets].into(),
            swept: vec![0; sets].into(),
            now: 0,
        }
    }

    /// The entry of a key, which is used.
    pub(super) fn lookup(&mut self, set: usize, key: u64, life: Life<'_>) -> Option<Entry> {
        self.sweep(set, life);
        let at = self.find(set, key)?;
        if self.replacement != Replacement::Fifo {
            self.stamp(set, at);
        }
        Some(self.entries[at])
    }

    /// Puts an entry in that is not there.
    pub(super) fn insert(&mut self, set: usize, key: u64, entry: Entry, life: Life<'_>, random: &mut Pcg32) {
        self.sweep(set, life);
        let at = self.victim(set, random);
        self.keys[at] = key;
        self.entries[at] = entry;
        self.stamp(set, at);
    }

    fn victim(&self, set: usize, random: &mut Pcg32) -> usize {
        let first = set * self.ways;
        let range = first..first + self.ways;
        if let Some(free) = range.clone().find(|&at| self.keys[at] == FREE) {
            return free;
        }
        match self.replacement {
            Replacement::Random => first + random.next_u32() as usize % self.ways,
            Replacement::TreePlru => first + self.trees[set].victim(self.ways as u32),
            Replacement::Lru | Replacement::Fifo => range.min_by_key(|&at| self.stamps[at]).unwrap_or(first),
        }
    }

    fn stamp(&mut self, set: usize, at: usize) {
        self.now += 1;
        self.stamps[at] = self.now;
        self.trees[set].touch(at - set * self.ways, self.ways as u32);
    }

    fn find(&self, set: usize, key: u64) -> Option<usize> {
        let first = set * self.ways;
        self.keys[first..first + self.ways].iter().position(|&k| k == key).map(|way| first + way)
    }

    /// Takes a key out.
    pub(super) fn remove(&mut self, set: usize, key: u64) {
        if let Some(at) = self.find(set, key) {
            self.keys[at] = FREE;
        }
    }

    /// Takes all keys out that are not `live`.
    pub(super) fn retain(&mut self, live: impl Fn(u64) -> bool) {
        for key in self.keys.iter_mut().filter(|key| **key != FREE && !live(**key)) {
            *key = FREE;
        }
    }

    fn sweep(&mut self, set: usize, life: Life<'_>) {
        if self.swept[set] != life.epoch {
            self.swept[set] = life.epoch;
            let first = set * self.ways;
            for key in &mut self.keys[first..first + self.ways] {
                if *key != FREE && !life.asids.is_live(*key) {
                    *key = FREE;
                }
            }
        }
    }

    pub(super) fn clear(&mut self) {
        self.keys.fill(FREE);
        self.swept.fill(0);
        self.trees.fill(Tree::default());
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, Entry)> {
        let all = self.keys.iter().copied().zip(self.entries.iter().copied());
        all.filter(|(key, _)| *key != FREE)
    }
}
