//! The hashed page table of PowerPC: Power ISA 2.07B, Book III-S, section 5.7.7 "Page Table" (figure "Page Table Entry", section 5.7.7.2
//! "Page Table Search"), for pages of 4 KiB in segments of 256 MiB.
//!
//! Groups (PTEGs) of eight entries of 16 bytes. An entry is in the group of its hash, or with H in that of the hash's complement; where
//! both are full, one of the first is given up by turns. In memory's order of bits (most significant first): AVPN 2:56, H 62, V 63; then
//! RPN 4:51, R 55, C 56, WIMG 57:60, N 61, PP 62:63. A group is read as one reference, as the cache line that it is.
//!
//! Virtual segment numbers come from the address space and the segment's number by a multiplication, as Linux scatters them.

use super::Key;
use super::chains::Chains;
use super::place::Place;
use crate::Pfn;
use crate::paging::{Pte, PteFlags};
use crate::phys::{OutOfFrames, Phys};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const GROUP: u64 = 8;
const GROUP_BYTES: usize = 128;
/// log2 of the pages of a segment.
const SEGMENT_SHIFT: u32 = 16;
/// Bits of the page's index in its segment that the hash gives, so that entries leave them out.
const HASHED_BITS: u32 = 11;

const V: u64 = 1;
const H: u64 = 1 << 1;
const AVPN_SHIFT: u32 = 7;
const PP_READ_WRITE: u64 = 2;
const PP_READ_ONLY: u64 = 3;
const PP: u64 = 3;
const N: u64 = 1 << 2;
/// M: memory that other processors may cache.
const COHERENT: u64 = 1 << 4;
const C: u64 = 1 << 7;
const R: u64 = 1 << 8;
const RPN: u64 = 0x0fff_ffff_ffff_f000;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Power {
    groups: Place,
    count: u64,
    /// Which slot of a full group is given up next.
    turn: u64,
    /// Where each page's entry is, for flushes of ranges and checks; the hardware has no such thing.
    slots: BTreeMap<Key, u64>,
    /// The same the other way round.
    of_slot: BTreeMap<u64, Key>,
}

/// The virtual page number: segment and page in it.
fn virtual_page(key: Key) -> (u64, u64) {
    const MULTIPLIER: u64 = 12_538_073;
    const VSID_BITS: u32 = 37;
    let segment = key.context << 20 | key.page >> SEGMENT_SHIFT;
    let vsid = segment.wrapping_mul(MULTIPLIER) & ((1 << VSID_BITS) - 1);
    (vsid, key.page & ((1 << SEGMENT_SHIFT) - 1))
}

fn hash((vsid, page): (u64, u64)) -> u64 {
    vsid ^ page
}

/// The first doubleword of an entry.
fn first_word((vsid, page): (u64, u64), secondary: bool) -> u64 {
    let avpn = (vsid << SEGMENT_SHIFT | page) >> HASHED_BITS;
    avpn << AVPN_SHIFT | if secondary { H } else { 0 } | V
}

/// The second.
fn second_word(pte: Pte) -> u64 {
    let rights = if pte.is_writable() { PP_READ_WRITE | C } else { PP_READ_ONLY };
    let no_execute = if pte.has(PteFlags::NO_EXECUTE) { N } else { 0 };
    (u64::from(pte.pfn().0) << 12) & RPN | R | COHERENT | no_execute | rights
}

fn entry(word: u64) -> Pte {
    let mut flags = PteFlags::PRESENT | PteFlags::USER;
    flags.set(PteFlags::WRITABLE, word & PP == PP_READ_WRITE);
    flags.set(PteFlags::NO_EXECUTE, word & N != 0);
    Pte::new(Pfn((word >> 12) as u32), flags)
}

impl Power {
    /// A table of a group for every two frames, rounded down to a power of 2, as the manual recommends; at least 2^11 groups.
    pub(super) fn new(phys: &mut Phys) -> Result<Power, OutOfFrames> {
        let count = 1 << (u64::from(phys.total()) / 2).max(1 << HASHED_BITS).ilog2();
        let mut groups = Place::new(GROUP_BYTES, phys.frame_bytes());
        groups.reach(phys, count)?;
        Ok(Power { groups, count, turn: 0, slots: BTreeMap::new(), of_slot: BTreeMap::new() })
    }

    /// The two groups that a page's entry may be in.
    fn groups_of(&self, page: (u64, u64)) -> [u64; 2] {
        let hash = hash(page);
        [hash & (self.count - 1), !hash & (self.count - 1)]
    }

    pub(super) fn search(&self, phys: &Phys, key: Key) -> (Option<Pte>, u64) {
        let page = virtual_page(key);
        for (references, group) in (1..).zip(self.groups_of(page)) {
            let wanted = first_word(page, references == 2);
            let found = (0..GROUP).find(|slot| self.word(phys, group * GROUP + slot, 0) == wanted);
            if let Some(slot) = found {
                return (Some(entry(self.word(phys, group * GROUP + slot, 1))), references);
            }
        }
        (None, 2)
    }

    /// Makes or changes the entry of `key`: whether another page's was given up for it.
    pub(super) fn enter(&mut self, phys: &mut Phys, key: Key, pte: Pte) -> bool {
        if let Some(slot) = self.slots.get(&key).copied() {
            self.set_word(phys, slot, 1, second_word(pte));
            return false;
        }
        let page = virtual_page(key);
        let groups = self.groups_of(page);
        let mut all = groups.into_iter().flat_map(|group| (0..GROUP).map(move |slot| group * GROUP + slot));
        let free = all.find(|slot| self.word(phys, *slot, 0) & V == 0);
        let slot = free.unwrap_or_else(|| {
            self.turn += 1;
            groups[0] * GROUP + self.turn % GROUP
        });
        let evicted = self.of_slot.remove(&slot);
        if let Some(old) = evicted {
            self.slots.remove(&old);
        }
        self.set_word(phys, slot, 1, second_word(pte));
        self.set_word(phys, slot, 0, first_word(page, slot / GROUP != groups[0]));
        self.slots.insert(key, slot);
        self.of_slot.insert(slot, key);
        evicted.is_some()
    }

    pub(super) fn remove(&mut self, phys: &mut Phys, context: u64, pages: std::ops::Range<u64>) {
        let range = Key { context, page: pages.start }..Key { context, page: pages.end };
        let gone: Vec<(Key, u64)> = self.slots.range(range).map(|(key, slot)| (*key, *slot)).collect();
        for (key, slot) in gone {
            self.set_word(phys, slot, 0, 0);
            self.set_word(phys, slot, 1, 0);
            self.slots.remove(&key);
            self.of_slot.remove(&slot);
        }
    }

    fn word(&self, phys: &Phys, slot: u64, word: usize) -> u64 {
        self.groups.word(phys, slot / GROUP, (slot % GROUP) as usize * 2 + word)
    }

    fn set_word(&self, phys: &mut Phys, slot: u64, word: usize, value: u64) {
        self.groups.set_word(phys, slot / GROUP, (slot % GROUP) as usize * 2 + word, value);
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = Key> {
        self.slots.keys().copied()
    }

    pub(super) fn frames(&self) -> Vec<Pfn> {
        self.groups.frames().to_vec()
    }

    /// Entries in each group that is not empty.
    pub(super) fn chains(&self) -> Chains {
        Chains::of(self.count, self.slots.values().map(|slot| slot / GROUP))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paging::FormatName;

    const PAGE: PteFlags = PteFlags::PRESENT.union(PteFlags::USER);

    /// Section 5.7.7, figure "Page Table Entry": AVPN from bit 7, H 1, V 0 (counted from the least significant).
    #[test]
    fn the_first_doubleword() {
        let page = (0x1_2345, 0xabcd);
        assert_eq!(first_word(page, false), (0x1_2345 << 16 | 0xabcd) >> 11 << 7 | 1);
        assert_eq!(first_word(page, true) ^ first_word(page, false), 2);
    }

    /// The same, and section 5.7.10.1 "Data Access" (PP 10: read and write, 11: read only, for the problem state).
    #[test]
    fn the_second_doubleword() {
        let data = Pte::new(Pfn(0x12345), PAGE | PteFlags::WRITABLE | PteFlags::NO_EXECUTE);
        assert_eq!(second_word(data), 0x1234_5000 | 0x100 | 0x80 | 0x10 | 0x4 | 2);
        let code = Pte::new(Pfn(1), PAGE);
        assert_eq!(second_word(code), 0x1000 | 0x100 | 0x10 | 3);
        assert_eq!((entry(second_word(data)), entry(second_word(code))), (data, code));
    }

    /// Section 5.7.7.2: the second group is the complement of the hash; full groups give an entry up.
    #[test]
    fn full_groups_overflow_to_the_second() {
        let mut phys = Phys::new(1 << 13, FormatName::Power.format());
        let mut table = Power::new(&mut phys).unwrap();
        let hash_of = |key: Key| hash(virtual_page(key)) & (table.count - 1);
        let first = Key { context: 1, page: 5 };
        let same: Vec<Key> = (0..1 << 22)
            .map(|page| Key { context: 1, page })
            .filter(|key| hash_of(*key) == hash_of(first))
            .take(17)
            .collect();
        let pte = |i: usize| Pte::new(Pfn(i as u32 + 1), PAGE);
        let evicted: Vec<bool> =
            same.iter().enumerate().map(|(i, key)| table.enter(&mut phys, *key, pte(i))).collect();
        assert_eq!(evicted.iter().filter(|evicted| **evicted).count(), 1, "the seventeenth");
        let references: Vec<u64> = same[8..16].iter().map(|key| table.search(&phys, *key).1).collect();
        assert_eq!(references, [2; 8]);
        assert_eq!(table.search(&phys, same[15]).0, Some(pte(15)));
        table.remove(&mut phys, 1, 0..1 << 30);
        assert!(table.frames().iter().all(|pfn| phys.is_empty_table(*pfn)));
    }
}
