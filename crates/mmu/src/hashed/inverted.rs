//! The inverted page table: one entry for each frame of the machine, and a hash anchor table that leads to the first frame of a chain
//! (IBM's 801 and RT PC; Chang and Mergen, "801 Storage: Architecture and Programming", ACM TOCS 6(1), 1988).
//!
//! An entry is 16 bytes: the tag (valid, address space, page), then the next frame of the chain and the rights. An anchor is 4
//! bytes, there is one for each frame, rounded down to a power of 2. A frame has one entry and so one address: where processes share a
//! frame, each use by another one evicts the entry of the last, which then misses and is refilled in its turn.

use super::chains::Chains;
use super::place::Place;
use super::{Key, RIGHTS};
use crate::Pfn;
use crate::paging::{Pte, PteFlags};
use crate::phys::{OutOfFrames, Phys};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const ENTRY_BYTES: usize = 16;
const ANCHOR_BYTES: usize = 4;
const TAG: usize = 0;
const LINK: usize = 1;
/// In the link word: where the rights begin. Below is the next frame's number plus 1; 0 ends the chain.
const RIGHTS_SHIFT: u32 = 32;
/// The order of the rights in the link word.
const RIGHT_BITS: [PteFlags; 4] =
    [PteFlags::PRESENT, PteFlags::WRITABLE, PteFlags::USER, PteFlags::NO_EXECUTE];

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Inverted {
    entries: Place,
    anchors: Place,
    buckets: u64,
    /// Which frame has which key, for flushes of ranges and checks; the hardware has no such thing.
    keys: BTreeMap<Key, u32>,
    /// The same the other way round.
    of_frame: BTreeMap<u32, Key>,
}

impl Inverted {
    pub(super) fn new(phys: &mut Phys) -> Result<Inverted, OutOfFrames> {
        let frames = u64::from(phys.total()).max(1);
        let (mut entries, mut anchors) =
            (Place::new(ENTRY_BYTES, phys.frame_bytes()), Place::new(ANCHOR_BYTES, phys.frame_bytes()));
        let buckets = 1 << frames.ilog2();
        entries.reach(phys, frames)?;
        anchors.reach(phys, buckets)?;
        Ok(Inverted { entries, anchors, buckets, keys: BTreeMap::new(), of_frame: BTreeMap::new() })
    }

    fn bucket(&self, key: Key) -> u64 {
        key.hash() & (self.buckets - 1)
    }

    /// The entry, and how many references it took: the anchor, and each entry of the chain up to the one.
    pub(super) fn search(&self, phys: &Phys, key: Key) -> (Option<Pte>, u64) {
        let mut references = 1;
        let mut next = self.anchors.half(phys, self.bucket(key));
        while let Some(frame) = next.checked_sub(1) {
            references += 1;
            let link = self.entries.word(phys, frame.into(), LINK);
            if self.entries.word(phys, frame.into(), TAG) == key.tag() {
                return (Some(Pte::new(Pfn(frame), rights(link))), references);
            }
            next = link as u32;
        }
        (None, references)
    }

    /// Gives the frame's entry to `key`, at the head of its chain: whether another key had it.
    pub(super) fn enter(&mut self, phys: &mut Phys, key: Key, pte: Pte) -> bool {
        let frame = pte.pfn().0;
        if let Some(old) = self.keys.get(&key).copied() {
            self.unlink(phys, key, old);
        }
        let evicted = self.of_frame.get(&frame).copied();
        if let Some(other) = evicted {
            self.unlink(phys, other, frame);
        }
        let bucket = self.bucket(key);
        let first = self.anchors.half(phys, bucket);
        self.entries.set_word(phys, frame.into(), TAG, key.tag());
        self.entries.set_word(phys, frame.into(), LINK, u64::from(first) | link_bits(pte));
        self.anchors.set_half(phys, bucket, frame + 1);
        self.keys.insert(key, frame);
        self.of_frame.insert(frame, key);
        evicted.is_some()
    }

    pub(super) fn remove(&mut self, phys: &mut Phys, context: u64, pages: std::ops::Range<u64>) {
        let range = Key { context, page: pages.start }..Key { context, page: pages.end };
        let gone: Vec<(Key, u32)> = self.keys.range(range).map(|(key, frame)| (*key, *frame)).collect();
        gone.into_iter().for_each(|(key, frame)| self.unlink(phys, key, frame));
    }

    /// Takes the frame's entry out of the chain of `key`, which has it.
    fn unlink(&mut self, phys: &mut Phys, key: Key, frame: u32) {
        let bucket = self.bucket(key);
        let after = self.entries.word(phys, frame.into(), LINK) as u32;
        let mut at = self.anchors.half(phys, bucket);
        if at == frame + 1 {
            self.anchors.set_half(phys, bucket, after);
        }
        while let Some(before) = at.checked_sub(1).filter(|before| *before != frame) {
            let link = self.entries.word(phys, before.into(), LINK);
            at = link as u32;
            if at == frame + 1 {
                let rest = link & !u64::from(u32::MAX);
                self.entries.set_word(phys, before.into(), LINK, rest | u64::from(after));
            }
        }
        self.entries.set_word(phys, frame.into(), TAG, 0);
        self.entries.set_word(phys, frame.into(), LINK, 0);
        self.keys.remove(&key);
        self.of_frame.remove(&frame);
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = Key> {
        self.keys.keys().copied()
    }

    pub(super) fn frames(&self) -> Vec<Pfn> {
        [self.entries.frames(), self.anchors.frames()].concat()
    }

    pub(super) fn chains(&self) -> Chains {
        Chains::of(self.buckets, self.keys.keys().map(|key| self.bucket(*key)))
    }
}

fn link_bits(pte: Pte) -> u64 {
    let set = RIGHT_BITS.iter().enumerate().filter(|(_, flag)| pte.has(**flag));
    set.fold(0, |all, (i, _)| all | 1 << (RIGHTS_SHIFT + i as u32))
}

fn rights(link: u64) -> PteFlags {
    let set = RIGHT_BITS.iter().enumerate().filter(|(i, _)| link >> (RIGHTS_SHIFT + *i as u32) & 1 != 0);
    set.fold(PteFlags::empty(), |all, (_, flag)| all | *flag) & RIGHTS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paging::FormatName;

    /// Chang and Mergen 1988: what an entry holds is the virtual page and the chain; its place is the frame. The widths are the twin's,
    /// since the 801's are for 24 bits of page: valid 63, address space 62:36, page 35:0; rights from bit 32 on, the next frame plus 1.
    #[test]
    fn an_entry() {
        let mut phys = Phys::new(1 << 12, FormatName::Inverted.format());
        let mut table = Inverted::new(&mut phys).unwrap();
        let (first, second) =
            (Key { context: 5, page: 0x12345 }, Key { context: 5, page: 0x12345 + (1 << 12) });
        let flags = PteFlags::PRESENT | PteFlags::USER | PteFlags::WRITABLE;
        table.enter(&mut phys, first, Pte::new(Pfn(9), flags));
        table.enter(&mut phys, second, Pte::new(Pfn(7), flags | PteFlags::NO_EXECUTE));
        assert_eq!(table.entries.word(&phys, 9, TAG), 0x8000_0050_0001_2345);
        assert_eq!(table.entries.word(&phys, 9, LINK), 0x0000_0007_0000_0000, "the end of the chain");
        assert_eq!(table.entries.word(&phys, 7, LINK), 0x0000_000f_0000_000a, "frame 9 is next");
        assert_eq!(table.anchors.half(&phys, table.bucket(first)), 8);
    }
}
