//! Paging-structure caches: entries that point to tables, by the addresses they serve.
//!
//! Intel SDM volume 3, section 4.10.3; AMD's page directory cache. A walk begins at the table that the lowest cached entry points
//! to. Any INVLPG empties them for its address space (section 4.10.4.1).

use super::array::{Array, Entry, Key, Life};
use super::asid::TAG_BITS;
use super::config::TlbGeometry;
use crate::Pfn;
use crate::paging::Format;
use rand_pcg::Pcg32;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct WalkCaches {
    /// By the level of the entries, from 1.
    levels: [Option<Array>; 4],
    any: bool,
}

/// A cached entry, taken apart for checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CachedTable {
    /// The entry's level.
    pub(crate) level: u32,
    /// Whose it is.
    pub(crate) context: u64,
    /// Up to which of its flushes.
    pub(crate) generation: u64,
    /// The translated bits of the first address that it serves.
    pub(crate) addr: u64,
    /// The table that it points to.
    pub(crate) table: Pfn,
}

impl WalkCaches {
    pub(super) fn new(config: &[Option<TlbGeometry>; 4]) -> WalkCaches {
        let levels = config.map(|geometry| geometry.map(Array::new));
        WalkCaches { any: levels.iter().any(Option::is_some), levels }
    }

    #[inline]
    pub(super) fn is_any(&self) -> bool {
        self.any
    }

    /// The lowest entry for `addr`: its level and its table.
    pub(super) fn lookup(
        &mut self,
        addr: u64,
        tag: u64,
        format: &Format,
        life: Life<'_>,
    ) -> Option<(u32, Pfn)> {
        (1..format.levels).find_map(|level| {
            let array = self.levels.get_mut(level as usize - 1)?.as_mut()?;
            let page = addr >> format.shift(level);
            let (entry, _) = array.lookup(array.set_of(page), key(page, tag), life)?;
            Some((level, Pfn(entry.0 as u32)))
        })
    }

    /// Enters that the entry at `level` for `addr` points to `table`.
    pub(super) fn enter(
        &mut self,
        (addr, tag): (u64, u64),
        (level, table): (u32, Pfn),
        format: &Format,
        life: Life<'_>,
        random: &mut Pcg32,
    ) {
        if let Some(Some(array)) = self.levels.get_mut(level as usize - 1) {
            let page = addr >> format.shift(level);
            let (set, key) = (array.set_of(page), key(page, tag));
            if array.lookup(set, key, life).is_none() {
                array.insert(set, key, Entry(table.0.into()), life, random);
            }
        }
    }

    /// Forgets the entries of a tag.
    pub(super) fn forget(&mut self, tag: u64) {
        if self.any {
            self.arrays_mut().for_each(|array| array.retain(|key| key & TAG_MASK != tag));
        }
    }

    /// Forgets the entries of a tag that serve `addr`.
    pub(super) fn forget_addr(&mut self, addr: u64, tag: u64, format: &Format) {
        for (level, array) in (1..format.levels).zip(&mut self.levels) {
            let page = addr >> format.shift(level);
            if let Some(array) = array {
                array.remove(page, key(page, tag));
            }
        }
    }

    pub(super) fn clear(&mut self) {
        self.arrays_mut().for_each(Array::clear);
    }

    fn arrays_mut(&mut self) -> impl Iterator<Item = &mut Array> {
        self.levels.iter_mut().flatten()
    }

    /// All of them: level, page number at that level, tag, table.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, u64, u64, Pfn)> {
        (1..).zip(&self.levels).filter_map(|(level, array)| Some((level, array.as_ref()?))).flat_map(
            |(level, array)| {
                array.iter().map(move |(key, entry)| {
                    (level, key >> (TAG_BITS + 1), key & TAG_MASK, Pfn(entry.0 as u32))
                })
            },
        )
    }
}

const TAG_MASK: u64 = (1 << TAG_BITS) - 1;

/// Never 0: tags are not.
fn key(page: u64, tag: u64) -> Key {
    Key::new(page << (TAG_BITS + 1) | tag)
}
