//! A pool of pages of one size: how many there are, free, and promised (Linux: `struct hstate`).

use super::{Hugetlb, PoolShort};
use crate::phys::FrameFlags;
use crate::{Machine, Pfn};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Pool {
    total: u64,
    /// The one to be given next last.
    free: Vec<Pfn>,
    /// Below 0 while a page that its owner gave up, and its promise with it, is still mapped by others.
    reserved: i64,
    /// Of all: those that are there only until somebody gives a page back.
    surplus: u64,
    /// How many of these there may be (`nr_overcommit_hugepages`).
    overcommit: u64,
    /// Pages whose owners gave them up: when they come back they are promised again (`hugetlb_restore_reserve`).
    pub(super) promised_again: BTreeSet<Pfn>,
    /// Promises that nobody holds any more.
    pub(super) lost: u64,
}

/// A pool in figures, in pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolCounts {
    /// HugePages_Total.
    pub total: u64,
    /// HugePages_Free.
    pub free: u64,
    /// HugePages_Rsvd: free, but promised. As Linux's, it wraps below 0 while a page whose owner gave it up is mapped by others.
    pub reserved: u64,
    /// HugePages_Surp: taken from the rest of memory when the pool was short.
    pub surplus: u64,
}

impl Pool {
    pub(super) fn counts(&self) -> PoolCounts {
        let Pool { total, reserved, surplus, .. } = *self;
        PoolCounts { total, free: self.free.len() as u64, reserved: reserved as u64, surplus }
    }

    /// Free pages that nobody was promised.
    fn available(&self) -> i64 {
        self.free.len() as i64 - self.reserved
    }

    /// Pages that are not surplus ones.
    fn persistent(&self) -> u64 {
        self.total - self.surplus
    }

    /// Whether one more of its own pages can go on the way to so many.
    fn can_shrink_to(&self, pages: u64) -> bool {
        self.persistent() > pages && self.available() > self.surplus as i64
    }

    /// Whether it has surplus pages.
    pub(super) fn has_surplus(&self) -> bool {
        self.surplus > 0
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

    /// Makes the pool of `level` as near to `pages` pages as can be: surplus pages become its own, then it grows from free blocks, or
    /// shrinks by what is neither used nor promised; the rest becomes surplus (Linux: `set_max_huge_pages`, a write to
    /// `nr_hugepages`). How many it has then.
    pub fn set_nr_hugepages(&mut self, level: u32, pages: u64) -> u64 {
        if !self.has_pool(level) {
            return 0;
        }
        let pool = self.hugetlb.pool_mut(level);
        let kept = pool.surplus.min(pages.saturating_sub(pool.persistent()));
        pool.surplus -= kept;
        while self.hugetlb.pool(level).persistent() < pages {
            let Some(pfn) = self.hugetlb_fresh(level) else { break };
            self.hugetlb.pool_mut(level).free.push(pfn);
        }
        while self.hugetlb.pool(level).can_shrink_to(pages) && self.hugetlb_shrink(level) {}
        let pool = self.hugetlb.pool_mut(level);
        pool.surplus += pool.persistent().saturating_sub(pages);
        pool.total
    }

    /// Sets how many surplus pages the pool of 2 MiB may have (a write to `nr_overcommit_hugepages`).
    pub fn set_nr_overcommit_hugepages(&mut self, pages: u64) -> u64 {
        if self.has_pool(1) {
            self.hugetlb.pool_mut(1).overcommit = pages;
        }
        self.hugetlb.pool(1).overcommit
    }

    /// A page that the pool did not have, if there is a free block.
    fn hugetlb_fresh(&mut self, level: u32) -> Option<Pfn> {
        let order = self.config.format.index_bits * level;
        let pfn = self.phys.take_reserved(order)?;
        for frame in 0..1 << order {
            self.phys.frame_mut(pfn + frame).insert(FrameFlags::RESERVED);
        }
        self.hugetlb.pool_mut(level).total += 1;
        Some(pfn)
    }

    /// Gives a free page of the pool to the rest of memory; whether there was one.
    fn hugetlb_shrink(&mut self, level: u32) -> bool {
        let pool = self.hugetlb.pool_mut(level);
        let Some(pfn) = pool.free.pop() else { return false };
        pool.total -= 1;
        self.phys.give_reserved(pfn, self.config.format.index_bits * level);
        true
    }

    /// A surplus page, if there may be one more (Linux: `alloc_surplus_hugetlb_folio`; none of 1 GiB).
    fn hugetlb_surplus(&mut self, level: u32) -> Option<Pfn> {
        let pool = self.hugetlb.pool(level);
        if level > 1 || pool.surplus >= pool.overcommit {
            return None;
        }
        let pfn = self.hugetlb_fresh(level)?;
        self.hugetlb.pool_mut(level).surplus += 1;
        Some(pfn)
    }

    /// Promises `pages` pages, surplus ones where the pool is short (Linux: `hugetlb_acct_memory`, `gather_surplus_pages`).
    ///
    /// # Errors
    /// Without so many.
    pub(super) fn hugetlb_reserve(&mut self, level: u32, pages: u64) -> Result<(), PoolShort> {
        let short = pages as i64 - self.hugetlb.pool(level).available();
        for made in 0..short.max(0) as u64 {
            let Some(pfn) = self.hugetlb_surplus(level) else {
                self.hugetlb_return_surplus(level, made);
                return Err(PoolShort);
            };
            self.hugetlb.pool_mut(level).free.push(pfn);
        }
        self.hugetlb.pool_mut(level).reserved += pages as i64;
        Ok(())
    }

    /// Takes promises back; surplus pages that were there for them go (Linux: `return_unused_surplus_pages`).
    pub(super) fn hugetlb_unreserve(&mut self, level: u32, pages: u64) {
        self.hugetlb.pool_mut(level).reserved -= pages as i64;
        self.hugetlb_return_surplus(level, pages);
    }

    fn hugetlb_return_surplus(&mut self, level: u32, most: u64) {
        for _ in 0..most.min(self.hugetlb.pool(level).surplus) {
            if !self.hugetlb_shrink(level) {
                break;
            }
            self.hugetlb.pool_mut(level).surplus -= 1;
        }
    }

    /// A page: one that was `promised` to who asks, one that nobody was, or a surplus one.
    pub(super) fn hugetlb_take(&mut self, level: u32, promised: bool) -> Option<Pfn> {
        let pool = self.hugetlb.pool_mut(level);
        let free = if promised || pool.available() != 0 { pool.free.pop() } else { None };
        let page = free.or_else(|| self.hugetlb_surplus(level))?;
        self.hugetlb.pool_mut(level).reserved -= i64::from(promised);
        Some(page)
    }

    /// Gives a page back that nobody maps and no memory holds: to its pool, or while this has surplus pages to the rest of memory
    /// (Linux: `free_huge_folio`).
    pub(super) fn hugetlb_put(&mut self, level: u32, pfn: Pfn) {
        if self.hugetlb_mapcount(pfn) > 0 {
            return;
        }
        for frame in 0..1 << (self.config.format.index_bits * level) {
            self.phys.host_mut().drop_data(pfn + frame);
        }
        let pool = self.hugetlb.pool_mut(level);
        pool.reserved += i64::from(pool.promised_again.remove(&pfn));
        pool.free.push(pfn);
        if pool.has_surplus() {
            pool.surplus -= 1;
            self.hugetlb_shrink(level);
        }
    }
}
