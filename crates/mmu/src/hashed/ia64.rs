//! The virtual hash page table of IA-64 in its long format: Intel Itanium Architecture Software Developer's Manual volume 2, chapter 4,
//! "VHPT Long Format" (the entry's figure; fields as in "Translation Insertion Format").
//!
//! An entry is 32 bytes: the translation (p 0, ma 4:2, a 5, d 6, pl 8:7, ar 11:9, ppn 49:12, ed 52), the page's size (ps 7:2, key 31:8), the
//! tag (62:0, ti 63), and a word that the hardware ignores. The hardware's walker reads the one entry that its hash names; where the
//! tag is another's it faults, and the kernel searches the collision chain that begins in the ignored word (the next entry's number plus
//! 1). What it finds there it puts in the chain's first place, where the walker finds it.
//!
//! How a processor hashes and tags is its own affair; here it is as in the other hashed tables. Pages are of 4 KiB.

use super::Key;
use super::chains::Chains;
use super::place::Place;
use crate::Pfn;
use crate::paging::{Pte, PteFlags};
use crate::phys::{OutOfFrames, Phys};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

const ENTRY_BYTES: usize = 32;
const TRANSLATION: usize = 0;
const SIZE: usize = 1;
const TAG: usize = 2;
const CHAIN: usize = 3;

const P: u64 = 1;
const A: u64 = 1 << 5;
const D: u64 = 1 << 6;
/// Privilege level 3: the program may.
const PL: u64 = 3 << 7;
/// Access rights 11:9 at that level: 0 read, 1 and execute, 2 and write, 3 all.
const AR_SHIFT: u32 = 9;
const AR_EXECUTE: u64 = 1;
const AR_WRITE: u64 = 2;
const PPN: u64 = 0x0003_ffff_ffff_f000;
const PAGE_SHIFT: u64 = 12;
const PS_SHIFT: u32 = 2;
/// Clear: the tag is one.
const TI: u64 = 1 << 63;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Ia64 {
    /// What the walker reads, an entry a bucket.
    table: Place,
    /// What only the kernel reads.
    chained: Place,
    buckets: u64,
    free: Vec<u32>,
    /// Chained entries ever used.
    used: u32,
    /// The pages that are entered, for flushes of ranges and checks; the kernel's.
    pages: BTreeSet<Key>,
}

fn translation(pte: Pte) -> u64 {
    let write = if pte.is_writable() { AR_WRITE << AR_SHIFT | D } else { 0 };
    let execute = if pte.has(PteFlags::NO_EXECUTE) { 0 } else { AR_EXECUTE << AR_SHIFT };
    (u64::from(pte.pfn().0) << PAGE_SHIFT) & PPN | P | A | PL | write | execute
}

fn pte(word: u64) -> Pte {
    let rights = word >> AR_SHIFT;
    let mut flags = PteFlags::PRESENT | PteFlags::USER;
    flags.set(PteFlags::WRITABLE, rights & AR_WRITE != 0);
    flags.set(PteFlags::NO_EXECUTE, rights & AR_EXECUTE == 0);
    Pte::new(Pfn(((word & PPN) >> PAGE_SHIFT) as u32), flags)
}

fn tag(key: Key) -> u64 {
    key.tag() & !TI
}

/// Where an entry is: in the table, or by its number on the chain, with the one before it there.
#[derive(Clone, Copy)]
enum At {
    Table,
    Chain { node: u32, before: Option<u32> },
}

impl Ia64 {
    /// A table of an entry for each frame, rounded down to a power of 2.
    pub(super) fn new(phys: &mut Phys) -> Result<Ia64, OutOfFrames> {
        let buckets = 1 << u64::from(phys.total()).max(1).ilog2();
        let place = || Place::new(ENTRY_BYTES, phys.frame_bytes());
        let (mut table, chained) = (place(), place());
        table.reach(phys, buckets)?;
        Ok(Ia64 { table, chained, buckets, free: Vec::new(), used: 0, pages: BTreeSet::new() })
    }

    fn bucket(&self, key: Key) -> u64 {
        key.hash() & (self.buckets - 1)
    }

    /// The entry, and how many references it took: the walker's, and the kernel's along the chain.
    pub(super) fn search(&self, phys: &Phys, key: Key) -> (Option<Pte>, u64) {
        let (at, references) = self.find(phys, key);
        let word = at.map(|at| match at {
            At::Table => self.table.word(phys, self.bucket(key), TRANSLATION),
            At::Chain { node, .. } => self.chained.word(phys, node.into(), TRANSLATION),
        });
        (word.map(pte), references)
    }

    fn find(&self, phys: &Phys, key: Key) -> (Option<At>, u64) {
        let (bucket, tag) = (self.bucket(key), tag(key));
        let in_table = self.table.word(phys, bucket, TRANSLATION) & P != 0;
        if in_table && self.table.word(phys, bucket, TAG) == tag {
            return (Some(At::Table), 1);
        }
        let (mut references, mut before) = (1, None);
        let mut next = self.table.word(phys, bucket, CHAIN);
        while let Some(node) = (next as u32).checked_sub(1) {
            references += 1;
            if self.chained.word(phys, node.into(), TAG) == tag {
                return (Some(At::Chain { node, before }), references);
            }
            (before, next) = (Some(node), self.chained.word(phys, node.into(), CHAIN));
        }
        (None, references)
    }

    /// Makes or changes the entry of `key`, in the table; who was there goes to the head of the chain. Without frames nothing is entered.
    pub(super) fn enter(&mut self, phys: &mut Phys, key: Key, pte: Pte) {
        self.take_out(phys, key);
        let bucket = self.bucket(key);
        if self.table.word(phys, bucket, TRANSLATION) & P != 0 {
            let Ok(node) = self.node(phys) else { return };
            for word in [TRANSLATION, SIZE, TAG, CHAIN] {
                let old = self.table.word(phys, bucket, word);
                self.chained.set_word(phys, node.into(), word, old);
            }
            self.table.set_word(phys, bucket, CHAIN, u64::from(node) + 1);
        }
        self.table.set_word(phys, bucket, TRANSLATION, translation(pte));
        self.table.set_word(phys, bucket, SIZE, PAGE_SHIFT << PS_SHIFT);
        self.table.set_word(phys, bucket, TAG, tag(key));
        self.pages.insert(key);
    }

    /// Puts what the kernel found on the chain where the walker finds it: whether it was on the chain.
    pub(super) fn promote(&mut self, phys: &mut Phys, key: Key) -> bool {
        match self.find(phys, key).0 {
            Some(At::Chain { node, .. }) => {
                let bucket = self.bucket(key);
                for word in [TRANSLATION, SIZE, TAG] {
                    let (first, here) =
                        (self.table.word(phys, bucket, word), self.chained.word(phys, node.into(), word));
                    self.table.set_word(phys, bucket, word, here);
                    self.chained.set_word(phys, node.into(), word, first);
                }
                true
            }
            _ => false,
        }
    }

    fn node(&mut self, phys: &mut Phys) -> Result<u32, OutOfFrames> {
        if let Some(node) = self.free.pop() {
            return Ok(node);
        }
        if u64::from(self.used) == self.chained.len() {
            self.chained.reach(phys, u64::from(self.used) + 1)?;
        }
        self.used += 1;
        Ok(self.used - 1)
    }

    pub(super) fn remove(&mut self, phys: &mut Phys, context: u64, pages: std::ops::Range<u64>) {
        let range = Key { context, page: pages.start }..Key { context, page: pages.end };
        let gone: Vec<Key> = self.pages.range(range).copied().collect();
        gone.into_iter().for_each(|key| self.take_out(phys, key));
    }

    /// Takes an entry out; the chain's first takes the place of one in the table.
    fn take_out(&mut self, phys: &mut Phys, key: Key) {
        if !self.pages.remove(&key) {
            return;
        }
        let bucket = self.bucket(key);
        match self.find(phys, key).0 {
            Some(At::Chain { node, before }) => {
                let next = self.chained.word(phys, node.into(), CHAIN);
                match before {
                    Some(before) => self.chained.set_word(phys, before.into(), CHAIN, next),
                    None => self.table.set_word(phys, bucket, CHAIN, next),
                }
                self.give(phys, node);
            }
            Some(At::Table) => match (self.table.word(phys, bucket, CHAIN) as u32).checked_sub(1) {
                Some(first) => {
                    for word in [TRANSLATION, SIZE, TAG, CHAIN] {
                        let moved = self.chained.word(phys, first.into(), word);
                        self.table.set_word(phys, bucket, word, moved);
                    }
                    self.give(phys, first);
                }
                None => {
                    [TRANSLATION, SIZE, TAG]
                        .iter()
                        .for_each(|word| self.table.set_word(phys, bucket, *word, 0));
                }
            },
            None => {}
        }
    }

    fn give(&mut self, phys: &mut Phys, node: u32) {
        [TRANSLATION, SIZE, TAG, CHAIN]
            .iter()
            .for_each(|word| self.chained.set_word(phys, node.into(), *word, 0));
        self.free.push(node);
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = Key> {
        self.pages.iter().copied()
    }

    pub(super) fn frames(&self) -> Vec<Pfn> {
        [self.table.frames(), self.chained.frames()].concat()
    }

    /// Entries in each bucket that is not empty, the one in the table among them.
    pub(super) fn chains(&self) -> Chains {
        Chains::of(self.buckets, self.pages.iter().map(|key| self.bucket(*key)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paging::FormatName;

    const PAGE: PteFlags = PteFlags::PRESENT.union(PteFlags::USER);

    /// "VHPT Long Format", first word: p 0, a 5, d 6, pl 8:7, ar 11:9 (2 read and write, 1 read and execute), ppn 49:12.
    #[test]
    fn the_translation() {
        let data = Pte::new(Pfn(0x12345), PAGE | PteFlags::WRITABLE | PteFlags::NO_EXECUTE);
        assert_eq!(translation(data), 0x1234_5000 | 2 << 9 | 3 << 7 | 1 << 6 | 1 << 5 | 1);
        let code = Pte::new(Pfn(1), PAGE);
        assert_eq!(translation(code), 0x1000 | 1 << 9 | 3 << 7 | 1 << 5 | 1);
        assert_eq!((pte(translation(data)), pte(translation(code))), (data, code));
    }

    /// The same, the other words: ps 7:2 is 12 for 4 KiB, ti 63 is clear; software's word leads to the chain.
    #[test]
    fn an_entry_and_its_chain() {
        let mut phys = Phys::new(1 << 12, FormatName::Ia64.format());
        let mut table = Ia64::new(&mut phys).unwrap();
        let keys = [0, 1].map(|far| Key { context: 3, page: 0x77 + (far << 12) });
        (0..).zip(keys).for_each(|(i, key)| table.enter(&mut phys, key, Pte::new(Pfn(i + 1), PAGE)));
        let bucket = table.bucket(keys[0]);
        assert_eq!(table.table.word(&phys, bucket, SIZE), 12 << 2);
        assert_eq!(table.table.word(&phys, bucket, TAG), 3 << 36 | 0x1077, "the last one entered");
        assert_eq!(table.table.word(&phys, bucket, CHAIN), 1);
        assert_eq!(table.chained.word(&phys, 0, TAG), 3 << 36 | 0x77);
        assert_eq!([0, 1].map(|i| table.search(&phys, keys[i]).1), [2, 1]);
        assert!(table.promote(&mut phys, keys[0]) && !table.promote(&mut phys, keys[0]));
        assert_eq!([0, 1].map(|i| table.search(&phys, keys[i]).1), [1, 2]);
        table.remove(&mut phys, 3, 0..1 << 20);
        assert!(table.frames().iter().all(|pfn| phys.is_empty_table(*pfn)));
    }
}
