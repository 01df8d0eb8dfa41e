//! Which blocks live and how many bytes the program asked for: kept by every malloc at each call.
//!
//! Sizes stand in tables of two bytes for each 16 bytes of heap, found through a small cache, so that a call costs an index
//! or two; large sizes are in a map. This is the simulator's, not the allocator's: it costs no accesses.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::Usage;

/// Bytes of address space a table covers.
const TABLE_BYTES: u64 = 16 << 10;
/// Entries of a table.
const ENTRIES: usize = (TABLE_BYTES / 16) as usize;
/// Entries of the cache that finds tables.
const SLOTS: usize = 1024;
/// What stands for "in the map".
const IN_MAP: u16 = u16::MAX;

/// Where the table of a range begins; `u64::MAX` is no range.
#[derive(Clone, Copy, Debug)]
struct Slot {
    range: u64,
    start: usize,
}

/// The blocks that live.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    #[serde(skip, default = "no_slots")]
    slots: Box<[Slot; SLOTS]>,
    /// The tables: sizes asked for, plus one; 0 where no block starts.
    sizes: Vec<u16>,
    ranges: BTreeMap<u64, usize>,
    large: BTreeMap<u64, u64>,
    live_bytes: u64,
    live_blocks: u64,
    peak_live_bytes: u64,
}

fn no_slots() -> Box<[Slot; SLOTS]> {
    Box::new([Slot { range: u64::MAX, start: 0 }; SLOTS])
}

impl Default for Account {
    fn default() -> Self {
        Self {
            slots: no_slots(),
            sizes: Vec::new(),
            ranges: BTreeMap::new(),
            large: BTreeMap::new(),
            live_bytes: 0,
            live_blocks: 0,
            peak_live_bytes: 0,
        }
    }
}

impl Account {
    /// A block was given out.
    #[inline]
    pub(crate) fn given(&mut self, addr: u64, size: u64) {
        let entry = self.entry(addr);
        let old = *entry;
        *entry = if size < u64::from(IN_MAP) - 1 { size as u16 + 1 } else { IN_MAP };
        if old != 0 || *entry == IN_MAP {
            self.replace(addr, old, size);
        }
        self.live_blocks += 1;
        self.live_bytes = self.live_bytes.wrapping_add(size);
        self.peak_live_bytes = self.peak_live_bytes.max(self.live_bytes);
    }

    /// The seldom cases: a large block, or one where a block lived already (by an overwritten link).
    #[cold]
    fn replace(&mut self, addr: u64, old: u16, size: u64) {
        let old = if old == IN_MAP { self.large.remove(&addr).unwrap_or_default() } else { u64::from(old) };
        if old != 0 {
            self.live_blocks -= 1;
            self.live_bytes = self.live_bytes.wrapping_sub(old - 1);
        }
        if size >= u64::from(IN_MAP) - 1 {
            self.large.insert(addr, size + 1);
        }
    }

    /// A block was taken back; one that does not live is none of ours.
    #[inline]
    pub(crate) fn taken(&mut self, addr: u64) {
        let size = match std::mem::take(self.entry(addr)) {
            0 => return,
            IN_MAP => self.large.remove(&addr).unwrap_or(1),
            size => u64::from(size),
        };
        self.live_blocks -= 1;
        self.live_bytes = self.live_bytes.wrapping_sub(size - 1);
    }

    /// A block's bytes, as asked for.
    pub(crate) fn size(&self, addr: u64) -> Option<u64> {
        let start = *self.ranges.get(&(addr / TABLE_BYTES))?;
        match self.sizes[start + (addr % TABLE_BYTES / 16) as usize] {
            0 => None,
            IN_MAP => self.large.get(&addr).map(|size| size - 1),
            size => Some(u64::from(size) - 1),
        }
    }

    /// The blocks that live and their bytes, by address.
    pub(crate) fn live(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.ranges.keys().flat_map(move |range| {
            let start = range * TABLE_BYTES;
            (start..start + TABLE_BYTES).step_by(16).filter_map(move |addr| Some((addr, self.size(addr)?)))
        })
    }

    /// The figures of [`Usage`] that are kept here.
    pub(crate) fn usage(&self) -> Usage {
        Usage {
            live_bytes: self.live_bytes,
            peak_live_bytes: self.peak_live_bytes,
            live_blocks: self.live_blocks,
            ..Usage::default()
        }
    }

    #[inline]
    fn entry(&mut self, addr: u64) -> &mut u16 {
        let range = addr / TABLE_BYTES;
        let mut slot = self.slots[range as usize % SLOTS];
        if slot.range != range {
            slot = self.fill_slot(range);
        }
        &mut self.sizes[slot.start + (addr % TABLE_BYTES / 16) as usize]
    }

    #[cold]
    fn fill_slot(&mut self, range: u64) -> Slot {
        let sizes = &mut self.sizes;
        let start = *self.ranges.entry(range).or_insert_with(|| {
            let start = sizes.len();
            sizes.resize(start + ENTRIES, 0);
            start
        });
        let slot = Slot { range, start };
        self.slots[range as usize % SLOTS] = slot;
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_lives_and_the_peak() {
        let mut account = Account::default();
        account.given(0x1000, 0);
        account.given(0x2000, 100);
        account.given(0x7fff_0000_0010, 1 << 20);
        account.taken(0x2000);
        account.taken(0x2000);
        let usage = account.usage();
        assert_eq!(
            (usage.live_blocks, usage.live_bytes, usage.peak_live_bytes),
            (2, 1 << 20, (1 << 20) + 100)
        );
        assert_eq!((account.size(0x1000), account.size(0x2000)), (Some(0), None));
        assert_eq!(account.size(0x7fff_0000_0010), Some(1 << 20));
    }

    #[test]
    fn a_block_given_twice_lives_once() {
        let mut account = Account::default();
        account.given(0x1000, 70_000);
        account.given(0x1000, 5);
        assert_eq!(account.usage().live_bytes, 5);
        assert_eq!(account.usage().live_blocks, 1);
    }
}
