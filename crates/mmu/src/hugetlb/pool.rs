//! A pool of pages of one size: how many there are, free, and promised (Linux: `struct hstate`).

use super::{Hugetlb, PoolShort};
use crate::phys::FrameFlags;
use crate::{Machine, Pfn};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Pool {
    total: u64,
    /// The one to be given next last.
    free: Vec<Pfn>,
    reserved: u64,
}

/// A pool in figures, in pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolCounts {
    /// HugePages_Total.
    pub total: u64,
    /// HugePages_Free.
    pub free: u64,
    /// HugePages_Rsvd: free, but promised.
    pub reserved: u64,
}

impl Pool {
    pub(super) fn counts(&self) -> PoolCounts {
        PoolCounts { total: self.total, free: self.free.len() as u64, reserved: self.reserved }
    }

    /// Free pages that nobody was promised.
    fn available(&self) -> u64 {
        self.free.len() as u64 - self.reserved
    }

    pub(super) fn reserve(&mut self, pages: u64) -> Result<(), PoolShort> {
        if pages > self.available() {
            return Err(PoolShort);
        }
        self.reserved += pages;
        Ok(())
    }

    pub(super) fn unreserve(&mut self, pages: u64) {
        self.reserved -= pages;
    }

    /// A free page: one that was `promised` to who asks, or one that nobody was.
    pub(super) fn take(&mut self, promised: bool) -> Option<Pfn> {
        if promised {
            self.reserved -= 1;
        } else if self.available() == 0 {
            return None;
        }
        self.free.pop()
    }

    pub(super) fn put(&mut self, pfn: Pfn) {
        self.free.push(pfn);
    }
}

impl Hugetlb {
    /// The pool of pages whose entries are at `level`, 1 or 2.
    pub(super) fn pool_mut(&mut self, level: u32) -> &mut Pool {
        &mut self.pools[usize::from(level > 1)]
    }

    /// The same, to look at.
    pub(super) fn pool(&self, level: u32) -> &Pool {
        &self.pools[usize::from(level > 1)]
    }
}

impl Machine {
    /// A pool in figures: of pages whose entries are at `level` (1: 2 MiB, 2: 1 GiB).
    pub fn hugetlb_pool(&self, level: u32) -> PoolCounts {
        self.hugetlb.pool(level).counts()
    }

    /// Whether the format has pages of that size: 2 MiB at level 1, 1 GiB at level 2.
    fn has_pool(&self, level: u32) -> bool {
        let format = &self.config.format;
        format.huge_pages
            && level < format.levels
            && format.span(level) == if level > 1 { 1 << 30 } else { 2 << 20 }
    }

    /// Makes the pool of `level` as near to `pages` pages as can be: grows it from free blocks, shrinks it by what is neither used
    /// nor promised (Linux: a write to `nr_hugepages`). How many it has then.
    pub fn set_nr_hugepages(&mut self, level: u32, pages: u64) -> u64 {
        if !self.has_pool(level) {
            return 0;
        }
        let order = self.config.format.index_bits * level;
        while self.hugetlb.pool(level).total < pages {
            let Some(pfn) = self.phys.take_reserved(order) else { break };
            for frame in 0..1 << order {
                self.phys.frame_mut(pfn + frame).insert(FrameFlags::RESERVED);
            }
            let pool = self.hugetlb.pool_mut(level);
            pool.total += 1;
            pool.free.push(pfn);
        }
        while self.hugetlb.pool(level).total > pages && self.hugetlb.pool(level).available() > 0 {
            let pool = self.hugetlb.pool_mut(level);
            let Some(pfn) = pool.free.pop() else { break };
            pool.total -= 1;
            self.phys.give_reserved(pfn, order);
        }
        self.hugetlb.pool(level).total
    }

    /// Gives a page back to its pool if nobody maps it and no memory holds it.
    pub(super) fn hugetlb_put(&mut self, level: u32, pfn: Pfn) {
        if self.hugetlb.mapped.get(&pfn).is_some_and(|maps| !maps.is_empty()) {
            return;
        }
        for frame in 0..1 << (self.config.format.index_bits * level) {
            self.phys.host_mut().drop_data(pfn + frame);
        }
        self.hugetlb.pool_mut(level).put(pfn);
    }
}
