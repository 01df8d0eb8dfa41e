//! The clustered hashed table: a node for 16 pages side by side, in chains by the hash of their block (Talluri, Hill and Khalidi, "A New
//! Page Table for 64-bit Address Spaces", SOSP 1995).
//!
//! A node is 144 bytes: the tag (valid, address space, block), the next node, and 16 mappings. Nodes are made as pages come and
//! used again when all their mappings are gone; the frames they stand in are kept. An anchor is 4 bytes, one for 16 frames.

use super::Key;
use super::chains::Chains;
use super::place::Place;
use crate::Pfn;
use crate::paging::Pte;
use crate::phys::{OutOfFrames, Phys};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const NODE_BYTES: usize = 144;
const ANCHOR_BYTES: usize = 4;
const BLOCK_SHIFT: u32 = 4;
const BLOCK_PAGES: usize = 1 << BLOCK_SHIFT;
const TAG: usize = 0;
const NEXT: usize = 1;
const FIRST: usize = 2;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Clustered {
    nodes: Place,
    anchors: Place,
    buckets: u64,
    free: Vec<u32>,
    /// Nodes ever used.
    used: u32,
    /// Which node each block has, for flushes of ranges and checks; the hardware has no such thing.
    blocks: BTreeMap<Key, u32>,
    /// The pages that are entered, for the same.
    pages: BTreeMap<Key, ()>,
}

impl Clustered {
    pub(super) fn new(phys: &mut Phys) -> Result<Clustered, OutOfFrames> {
        let buckets = 1 << (u64::from(phys.total()) >> BLOCK_SHIFT).max(1).ilog2();
        let mut anchors = Place::new(ANCHOR_BYTES, phys.frame_bytes());
        anchors.reach(phys, buckets)?;
        Ok(Clustered {
            nodes: Place::new(NODE_BYTES, phys.frame_bytes()),
            anchors,
            buckets,
            free: Vec::new(),
            used: 0,
            blocks: BTreeMap::new(),
            pages: BTreeMap::new(),
        })
    }

    fn bucket(&self, block: Key) -> u64 {
        block.hash() & (self.buckets - 1)
    }

    /// The entry, and how many references it took: the anchor, the tag of each node up to the one, and the mapping.
    pub(super) fn search(&self, phys: &Phys, key: Key) -> (Option<Pte>, u64) {
        let (node, references) = self.node(phys, block_of(key));
        let Some(node) = node else { return (None, references) };
        let pte = Pte(self.nodes.word(phys, node.into(), FIRST + in_block(key)));
        ((!pte.is_none()).then_some(pte), references + 1)
    }

    fn node(&self, phys: &Phys, block: Key) -> (Option<u32>, u64) {
        let mut references = 1;
        let mut next = self.anchors.half(phys, self.bucket(block));
        while let Some(node) = next.checked_sub(1) {
            references += 1;
            if self.nodes.word(phys, node.into(), TAG) == block.tag() {
                return (Some(node), references);
            }
            next = self.nodes.word(phys, node.into(), NEXT) as u32;
        }
        (None, references)
    }

    pub(super) fn enter(&mut self, phys: &mut Phys, key: Key, pte: Pte) {
        let block = block_of(key);
        let node = match self.blocks.get(&block) {
            Some(node) => *node,
            None => match self.add_node(phys, block) {
                Ok(node) => node,
                Err(OutOfFrames) => return,
            },
        };
        self.nodes.set_word(phys, node.into(), FIRST + in_block(key), pte.0);
        self.pages.insert(key, ());
    }

    fn add_node(&mut self, phys: &mut Phys, block: Key) -> Result<u32, OutOfFrames> {
        let node = match self.free.pop() {
            Some(node) => node,
            None => {
                if u64::from(self.used) == self.nodes.len() {
                    self.nodes.reach(phys, u64::from(self.used) + 1)?;
                }
                self.used += 1;
                self.used - 1
            }
        };
        let bucket = self.bucket(block);
        let first = self.anchors.half(phys, bucket);
        self.nodes.set_word(phys, node.into(), TAG, block.tag());
        self.nodes.set_word(phys, node.into(), NEXT, first.into());
        self.anchors.set_half(phys, bucket, node + 1);
        self.blocks.insert(block, node);
        Ok(node)
    }

    pub(super) fn remove(&mut self, phys: &mut Phys, context: u64, pages: std::ops::Range<u64>) {
        let range = Key { context, page: pages.start }..Key { context, page: pages.end };
        let gone: Vec<Key> = self.pages.range(range).map(|(key, ())| *key).collect();
        for key in gone {
            self.pages.remove(&key);
            let block = block_of(key);
            let Some(&node) = self.blocks.get(&block) else { continue };
            self.nodes.set_word(phys, node.into(), FIRST + in_block(key), Pte::NONE.0);
            let mut mappings = (0..BLOCK_PAGES).map(|i| self.nodes.word(phys, node.into(), FIRST + i));
            if mappings.all(|mapping| mapping == Pte::NONE.0) {
                self.remove_node(phys, block, node);
            }
        }
    }

    fn remove_node(&mut self, phys: &mut Phys, block: Key, node: u32) {
        let bucket = self.bucket(block);
        let after = self.nodes.word(phys, node.into(), NEXT);
        let mut at = self.anchors.half(phys, bucket);
        if at == node + 1 {
            self.anchors.set_half(phys, bucket, after as u32);
        }
        while let Some(before) = at.checked_sub(1).filter(|before| *before != node) {
            at = self.nodes.word(phys, before.into(), NEXT) as u32;
            if at == node + 1 {
                self.nodes.set_word(phys, before.into(), NEXT, after);
            }
        }
        self.nodes.set_word(phys, node.into(), TAG, 0);
        self.nodes.set_word(phys, node.into(), NEXT, 0);
        self.blocks.remove(&block);
        self.free.push(node);
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = Key> {
        self.pages.keys().copied()
    }

    pub(super) fn frames(&self) -> Vec<Pfn> {
        [self.anchors.frames(), self.nodes.frames()].concat()
    }

    pub(super) fn chains(&self) -> Chains {
        Chains::of(self.buckets, self.blocks.keys().map(|block| self.bucket(*block)))
    }
}

fn block_of(key: Key) -> Key {
    Key { page: key.page >> BLOCK_SHIFT, ..key }
}

fn in_block(key: Key) -> usize {
    key.page as usize % BLOCK_PAGES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paging::{FormatName, PteFlags};

    /// Talluri, Hill and Khalidi 1995, clustered page tables: a tag and a next pointer of 8 bytes each, then a mapping of 8 bytes for
    /// each page of the block; 144 bytes for 16. What is in a mapping the paper leaves open; here it is x86-64's entry.
    #[test]
    fn a_node() {
        let mut phys = Phys::new(1 << 12, FormatName::Clustered.format());
        let mut table = Clustered::new(&mut phys).unwrap();
        let buckets = table.buckets;
        let (first, second) =
            (Key { context: 2, page: 0x125 }, Key { context: 2, page: 0x125 + 16 * buckets });
        let data = Pte::new(Pfn(0x77), PteFlags::PRESENT | PteFlags::USER | PteFlags::WRITABLE);
        table.enter(&mut phys, first, data);
        table.enter(&mut phys, second, data);
        assert_eq!(NODE_BYTES, 8 + 8 + 16 * 8);
        assert_eq!(table.nodes.word(&phys, 0, TAG), 0x8000_0020_0000_0012);
        assert_eq!((table.nodes.word(&phys, 0, NEXT), table.nodes.word(&phys, 1, NEXT)), (0, 1));
        assert_eq!(table.nodes.word(&phys, 0, FIRST + 5), 0x7_7007);
        assert_eq!(table.nodes.word(&phys, 0, FIRST + 6), 0);
        assert_eq!(table.anchors.half(&phys, table.bucket(block_of(first))), 2);
    }
}
