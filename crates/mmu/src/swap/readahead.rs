//! How much is read ahead from swap (Linux: `__swapin_nr_pages`, `swapin_nr_pages`, `swap_vma_ra_win`).

use crate::ids::{MmId, VmaId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// The largest window of readahead by neighbours, as an order (Linux: `SWAP_RA_ORDER_CEILING`).
const MAX_ORDER: u32 = 5;

/// Readahead by slots: one state for the machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterReadahead {
    hits: u32,
    window: u32,
    previous: u64,
}

impl Default for ClusterReadahead {
    fn default() -> Self {
        ClusterReadahead { hits: 4, window: 0, previous: 0 }
    }
}

impl ClusterReadahead {
    /// A page that had been read ahead was used.
    pub fn hit(&mut self) {
        self.hits += 1;
    }

    /// The slots around `slot` to read, `slot` among them, of an area of `limit` slots; at most `1 << page_cluster`.
    pub fn window(&mut self, slot: u32, page_cluster: u32, limit: u32) -> Range<u32> {
        if page_cluster == 0 {
            return slot..slot + 1;
        }
        let hits = std::mem::take(&mut self.hits);
        let pages = pages_for(self.previous, u64::from(slot), hits, 1 << page_cluster.min(10), self.window);
        if hits == 0 {
            self.previous = u64::from(slot);
        }
        self.window = pages;
        let mask = pages.next_power_of_two() - 1;
        (slot & !mask).max(1)..(slot | mask).min(limit.saturating_sub(1)) + 1
    }
}

/// Readahead by neighbours in the mapping: a state a mapping.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VmaReadahead {
    states: BTreeMap<(MmId, VmaId), VmaState>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct VmaState {
    hits: u32,
    window: u32,
    previous: u64,
}

impl VmaReadahead {
    fn state(&mut self, mm: MmId, vma: VmaId) -> &mut VmaState {
        self.states.entry((mm, vma)).or_insert(VmaState { hits: 4, window: 0, previous: 0 })
    }

    /// The page numbered `page` was found in the swap cache, `ahead` if it had been read ahead.
    pub fn found(&mut self, mm: MmId, vma: VmaId, page: u64, ahead: bool) {
        let state = self.state(mm, vma);
        state.hits = (state.hits + u32::from(ahead)).min(63);
        state.previous = page;
    }

    /// The mapping is gone.
    pub fn forget(&mut self, mm: MmId, vma: VmaId) {
        self.states.remove(&(mm, vma));
    }

    /// The page numbers (of virtual addresses) around `page` to read, `page` among them.
    pub fn window(&mut self, mm: MmId, vma: VmaId, page: u64, page_cluster: u32) -> Range<u64> {
        if page_cluster == 0 {
            return page..page + 1;
        }
        let state = self.state(mm, vma);
        let previous = state.previous;
        let most = 1 << page_cluster.min(MAX_ORDER);
        let pages = pages_for(previous, page, state.hits, most, state.window);
        *state = VmaState { hits: 0, window: pages, previous: page };
        let pages = u64::from(pages);
        if pages == 1 || page == previous + 1 {
            page..page + pages
        } else if previous == page + 1 {
            (page + 1).saturating_sub(pages)..page + 1
        } else {
            let left = (pages - 1) / 2;
            page.saturating_sub(left)..page + pages - left
        }
    }
}

/// The pages to read by the hits since the last time. Without hits only a neighbour of the last fault is worth two.
fn pages_for(previous: u64, now: u64, hits: u32, most: u32, last: u32) -> u32 {
    let pages = match hits {
        0 if now == previous + 1 || now + 1 == previous => 2,
        0 => 1,
        hits => (hits + 2).next_power_of_two().max(4),
    };
    pages.min(most).max(last / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_of_hits_keeps_the_window_open_and_misses_close_it() {
        let mut readahead = ClusterReadahead::default();
        assert_eq!(readahead.window(100, 3, 1000), 96..104, "the first time: as if four had hit");
        for _ in 0..7 {
            readahead.hit();
        }
        assert_eq!(readahead.window(104, 3, 1000), 104..112);
        assert_eq!(readahead.window(500, 3, 1000), 500..504, "not shrunk too fast");
        assert_eq!(readahead.window(700, 3, 1000), 700..702);
        assert_eq!(readahead.window(901, 3, 1000), 901..902);
        assert_eq!(readahead.window(902, 3, 1000), 902..904, "a neighbour");
    }

    #[test]
    fn a_mapping_is_read_in_the_direction_of_its_faults() {
        let mut readahead = VmaReadahead::default();
        let (mm, vma) = (MmId(0), VmaId(0));
        assert_eq!(readahead.window(mm, vma, 100, 3), 97..105);
        assert_eq!(readahead.window(mm, vma, 101, 3), 101..105);
        assert_eq!(readahead.window(mm, vma, 100, 3), 99..101);
        for page in 101..108 {
            readahead.found(mm, vma, page, true);
        }
        assert_eq!(readahead.window(mm, vma, 108, 3), 108..116);
    }
}
