//! A memory cgroup: a limit on the pages of a group of processes and what they are charged (Linux: `mm/memcontrol.c`,
//! `try_charge_memcg`, the per-CPU stock).
//!
//! One group holds all processes of a machine; version 1 of the interface, on one processor, so that no stock is stuck elsewhere.

use crate::Pfn;
use crate::pieces::Pieces;
use serde::{Deserialize, Serialize};

/// Pages that are charged at a time while they fit (Linux: `MEMCG_CHARGE_BATCH`).
const CHARGE_BATCH: u64 = 64;

/// A limit is reached: reclaim, then try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OverLimit {
    /// That of memory.
    Memory,
    /// That of memory and swap together: swapping would not help.
    MemoryAndSwap,
}

/// A group's limit and charge, in pages.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MemCgroup {
    limit_pages: u64,
    usage_pages: u64,
    stock_pages: u64,
    /// The most of memory and swap together.
    memsw_limit_pages: u64,
    /// Pages of it that are only in swap, or more until [`set_swapped`](Self::set_swapped) says so.
    swapped_pages: u64,
    /// The highest usage.
    max_usage_pages: u64,
    /// Charges that the limit did not allow.
    failcnt: u64,
    /// Pages of programs and files charged, and given back.
    paged: (u64, u64),
    charged: Pieces<bool>,
    charged_ahead: u64,
}

impl MemCgroup {
    /// A group of `limit_pages` pages with nothing charged.
    pub fn new(limit_pages: u64) -> MemCgroup {
        MemCgroup {
            limit_pages,
            usage_pages: 0,
            stock_pages: 0,
            memsw_limit_pages: u64::MAX,
            swapped_pages: 0,
            max_usage_pages: 0,
            failcnt: 0,
            paged: (0, 0),
            charged: Pieces::default(),
            charged_ahead: 0,
        }
    }

    /// The same with a limit of memory and swap together.
    pub fn with_memsw(self, memsw_limit_pages: u64) -> MemCgroup {
        MemCgroup { memsw_limit_pages, ..self }
    }

    /// So many pages of the group are only in swap: how many there were before.
    pub(crate) fn set_swapped(&mut self, pages: u64) -> u64 {
        std::mem::replace(&mut self.swapped_pages, pages)
    }

    /// Pages by which the limit of memory and swap exceeds that of memory.
    pub fn swap_excess_pages(&self) -> u64 {
        self.memsw_limit_pages.saturating_sub(self.limit_pages)
    }

    /// The limit of memory and swap together in pages, if there is one.
    pub fn memsw_limit_pages(&self) -> Option<u64> {
        (self.memsw_limit_pages != u64::MAX).then_some(self.memsw_limit_pages)
    }

    /// The highest usage so far in pages (`memory.max_usage_in_bytes`).
    pub fn max_usage_pages(&self) -> u64 {
        self.max_usage_pages
    }

    /// Charges that a limit did not allow (`memory.failcnt`).
    pub fn failcnt(&self) -> u64 {
        self.failcnt
    }

    /// Charges `pages` pages: from the stock, else a batch, else just these.
    ///
    /// # Errors
    /// If the limit does not allow them.
    pub fn try_charge(&mut self, pages: u64) -> Result<(), OverLimit> {
        if self.stock_pages >= pages {
            self.stock_pages -= pages;
            return Ok(());
        }
        let mut over = OverLimit::Memory;
        for batch in [CHARGE_BATCH.max(pages), pages] {
            let used = self.usage_pages + batch;
            if used.saturating_add(self.swapped_pages) > self.memsw_limit_pages {
                over = OverLimit::MemoryAndSwap;
                self.failcnt += 1;
            } else if used > self.limit_pages {
                over = OverLimit::Memory;
                self.failcnt += 1;
            } else {
                self.usage_pages = used;
                self.max_usage_pages = self.max_usage_pages.max(used);
                self.stock_pages += batch - pages;
                return Ok(());
            }
        }
        Err(over)
    }

    /// Gives the charge of `pages` pages back.
    pub fn uncharge(&mut self, pages: u64) {
        self.usage_pages = self.usage_pages.saturating_sub(pages);
    }

    /// The page `pfn`, of those just charged, is the group's.
    pub(crate) fn note_charged(&mut self, pfn: Pfn) {
        *self.charged.at(pfn.index()) = true;
        self.paged.0 += 1;
    }

    /// A page just charged is the kernel's own.
    pub(crate) fn note_kernel_page(&mut self) {
        self.paged.0 -= 1;
    }

    /// Pages of programs and files that were charged, and that were given back (`pgpgin` and `pgpgout` of memory.stat).
    pub fn paged(&self) -> (u64, u64) {
        self.paged
    }

    /// What `from` was charged for is in `to` now (Linux: `mem_cgroup_migrate`).
    pub(crate) fn move_charge(&mut self, from: Pfn, to: Pfn) {
        *self.charged.at(to.index()) = std::mem::take(self.charged.at(from.index()));
    }

    /// Pages that could be charged yet (Linux: `mem_cgroup_margin`).
    pub(crate) fn margin_pages(&self) -> u64 {
        let memsw =
            self.memsw_limit_pages.saturating_sub(self.usage_pages.saturating_add(self.swapped_pages));
        self.limit_pages.saturating_sub(self.usage_pages).min(memsw)
    }

    /// Gives back what is charged in advance: whether there was any (Linux: `drain_all_stock`).
    pub(crate) fn drain_stock(&mut self) -> bool {
        let stock_pages = std::mem::take(&mut self.stock_pages);
        self.uncharge(stock_pages);
        stock_pages > 0
    }

    /// Whether the page is charged to the group.
    pub(crate) fn is_charged(&self, pfn: Pfn) -> bool {
        self.charged.get(pfn.index()).copied().unwrap_or_default()
    }

    /// From now on clones share what each page is.
    pub(crate) fn freeze(&mut self) {
        self.charged.freeze();
    }

    /// A page is free: if it was charged its charge is given back.
    pub(crate) fn release(&mut self, pfn: Pfn, is_kernel: bool) {
        if self.is_charged(pfn) {
            self.paged.1 += u64::from(!is_kernel);
            *self.charged.at(pfn.index()) = false;
            self.uncharge(1);
        }
    }

    /// Charges a page for a table that was there before the limit held. A group too small for it is short of memory from the
    /// start.
    pub(crate) fn charge_ahead(&mut self) {
        self.charged_ahead += u64::from(self.try_charge(1).is_ok());
    }

    /// Pages charged for tables that were there before the limit held.
    pub(crate) fn charged_ahead(&self) -> u64 {
        self.charged_ahead
    }

    /// The limit in pages.
    pub fn limit_pages(&self) -> u64 {
        self.limit_pages
    }

    /// Pages charged, the stock included (`memory.usage_in_bytes` in pages).
    pub fn usage_pages(&self) -> u64 {
        self.usage_pages
    }

    /// Pages charged that are in use.
    pub fn used_pages(&self) -> u64 {
        self.usage_pages - self.stock_pages
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_while_they_fit_then_single_pages() {
        let mut group = MemCgroup::new(130);
        for _ in 0..128 {
            group.try_charge(1).unwrap();
        }
        assert_eq!((group.usage_pages(), group.used_pages()), (128, 128));
        group.try_charge(1).unwrap();
        assert_eq!(group.usage_pages(), 129, "64 do not fit, one does");
        group.try_charge(1).unwrap();
        assert_eq!(group.try_charge(1), Err(OverLimit::Memory));
        group.uncharge(1);
        assert_eq!(group.try_charge(1), Ok(()));
        assert_eq!(MemCgroup::new(600).try_charge(512), Ok(()));
    }

    #[test]
    fn swap_counts_against_the_second_limit() {
        let mut group = MemCgroup::new(100).with_memsw(120);
        group.set_swapped(80);
        assert_eq!((group.try_charge(40), group.swap_excess_pages()), (Ok(()), 20));
        assert_eq!((group.try_charge(1), group.failcnt()), (Err(OverLimit::MemoryAndSwap), 3));
    }
}
