//! A memory cgroup: a limit on the pages of a group of processes and what they are charged (Linux: `mm/memcontrol.c`,
//! `try_charge_memcg`, the per-CPU stock).
//!
//! One group holds all processes of a machine; version 1 of the interface, on one processor, so that no stock is stuck elsewhere.

use crate::Pfn;
use crate::policy::list::PerPage;
use serde::{Deserialize, Serialize};

/// Pages that are charged at a time while they fit (Linux: `MEMCG_CHARGE_BATCH`).
const CHARGE_BATCH: u64 = 64;

/// The limit is reached: reclaim, then try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverLimit;

/// A group's limit and charge, in pages.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MemCgroup {
    limit_pages: u64,
    usage_pages: u64,
    stock_pages: u64,
    charged: PerPage<bool>,
    charged_ahead: u64,
}

impl MemCgroup {
    /// A group of `limit_pages` pages with nothing charged.
    pub fn new(limit_pages: u64) -> MemCgroup {
        MemCgroup {
            limit_pages,
            usage_pages: 0,
            stock_pages: 0,
            charged: PerPage::default(),
            charged_ahead: 0,
        }
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
        for batch in [CHARGE_BATCH.max(pages), pages] {
            if self.usage_pages + batch <= self.limit_pages {
                self.usage_pages += batch;
                self.stock_pages += batch - pages;
                return Ok(());
            }
        }
        Err(OverLimit)
    }

    /// Gives the charge of `pages` pages back.
    pub fn uncharge(&mut self, pages: u64) {
        self.usage_pages = self.usage_pages.saturating_sub(pages);
    }

    /// The page `pfn`, of those just charged, is the group's.
    pub(crate) fn note_charged(&mut self, pfn: Pfn) {
        self.charged.set(pfn.0, true);
    }

    /// Whether the page is charged to the group.
    pub(crate) fn is_charged(&self, pfn: Pfn) -> bool {
        self.charged.get(pfn.0)
    }

    /// A page is free: if it was charged its charge is given back.
    pub(crate) fn release(&mut self, pfn: Pfn) {
        if self.charged.get(pfn.0) {
            self.charged.set(pfn.0, false);
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
        assert_eq!(group.try_charge(1), Err(OverLimit));
        group.uncharge(1);
        assert_eq!(group.try_charge(1), Ok(()));
        assert_eq!(MemCgroup::new(600).try_charge(512), Ok(()));
    }
}
