//! What is on the disk behind a file: blocks of a page each, holes, and a stretch of pattern that takes no host memory.
//!
//! The pattern is that of `scenario.md`: the byte at offset i is `(i/4096*7 + i) & 0xff`.

use imbl::OrdMap;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The pattern begins anew, a little shifted, after so many bytes, whatever the page size is.
const PATTERN_BLOCK: u64 = 4096;

/// The blocks of one file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Store {
    /// Bytes of a page.
    page_bytes: u64,
    /// Bytes from the start that hold the pattern where `blocks` says nothing.
    pattern_bytes: u64,
    /// What differs from that, by page index.
    blocks: OrdMap<u64, Block>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Block {
    /// Nothing allocated.
    Hole,
    /// Allocated, all zero.
    Zero,
    /// Allocated, with these bytes.
    Data(Arc<[u8]>),
}

impl Store {
    /// Nothing, in pages of `page_bytes` bytes.
    pub fn new(page_bytes: u64) -> Store {
        Store { page_bytes, pattern_bytes: 0, blocks: OrdMap::new() }
    }

    /// Bytes of a page.
    pub fn page_bytes(&self) -> u64 {
        self.page_bytes
    }

    /// Fills the first `bytes` with the pattern and forgets all else.
    pub fn fill_pattern(&mut self, bytes: u64) {
        self.pattern_bytes = bytes;
        self.blocks.clear();
    }

    /// The content of page `index`; None: all zero.
    pub fn read(&self, index: u64) -> Option<Arc<[u8]>> {
        match self.blocks.get(&index) {
            Some(Block::Data(bytes)) => Some(bytes.clone()),
            Some(Block::Hole | Block::Zero) => None,
            None => {
                let len = self.pattern_len(index);
                (len > 0).then(|| self.pattern(index, len).into())
            }
        }
    }

    /// Whether page `index` has a block.
    pub fn is_allocated(&self, index: u64) -> bool {
        match self.blocks.get(&index) {
            Some(block) => !matches!(block, Block::Hole),
            None => self.pattern_len(index) > 0,
        }
    }

    /// Writes page `index`; None: all zero.
    pub fn write(&mut self, index: u64, bytes: Option<&[u8]>) {
        self.blocks.insert(index, bytes.map_or(Block::Zero, |bytes| Block::Data(Arc::from(bytes))));
    }

    /// Bytes of the pattern in page `index`.
    fn pattern_len(&self, index: u64) -> usize {
        let start = index * self.page_bytes;
        self.pattern_bytes.saturating_sub(start).min(self.page_bytes) as usize
    }

    /// The first `len` bytes of page `index` of the pattern, the rest zero.
    fn pattern(&self, index: u64, len: usize) -> Box<[u8]> {
        let mut page = vec![0u8; self.page_bytes as usize].into_boxed_slice();
        let start = index * self.page_bytes;
        for (at, byte) in (start..).zip(&mut page[..len]) {
            *byte = (at / PATTERN_BLOCK * 7 + at) as u8;
        }
        page
    }

    /// Makes all zero from byte `size` on.
    pub fn truncate(&mut self, size: u64) {
        self.pattern_bytes = self.pattern_bytes.min(size);
        let page = size / self.page_bytes;
        let tail = (size % self.page_bytes) as usize;
        let (kept, _) = self.blocks.split(&(page + u64::from(tail > 0)));
        self.blocks = kept;
        if let Some(Block::Data(block)) = self.blocks.get_mut(&page) {
            Arc::make_mut(block)[tail..].fill(0);
        }
    }

    /// Makes the pages from `start` to before `end` holes.
    pub fn punch(&mut self, start: u64, end: u64) {
        let pattern_pages = self.pattern_bytes.div_ceil(self.page_bytes);
        (start..end.min(pattern_pages)).for_each(|index| {
            self.blocks.insert(index, Block::Hole);
        });
        let beyond: Vec<u64> =
            self.blocks.range(start.max(pattern_pages)..end.max(pattern_pages)).map(|(i, _)| *i).collect();
        beyond.into_iter().for_each(|index| {
            self.blocks.remove(&index);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pattern_is_the_scenarios_and_ends_with_the_file() {
        let mut store = Store::new(4096);
        store.fill_pattern(9000);
        let page = store.read(2).expect("partly pattern");
        let byte = |i: u64| (i / 4096 * 7 + i) as u8;
        assert_eq!((page[0], page[807], page[808]), (byte(8192), byte(8999), 0));
        assert!(store.read(3).is_none());
    }

    #[test]
    fn truncation_zeroes_the_tail_for_good() {
        let mut store = Store::new(4096);
        store.fill_pattern(8192);
        store.write(1, Some(&[5; 4096]));
        store.truncate(4096 + 10);
        let page = store.read(1).expect("written");
        assert_eq!((page[9], page[10]), (5, 0));
        store.truncate(100);
        assert_eq!(store.read(0).expect("pattern").iter().filter(|b| **b != 0).count(), 99);
        assert!(store.read(1).is_none());
    }
}
