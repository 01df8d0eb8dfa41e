//! What a TLB counts.

use serde::{Deserialize, Serialize};

/// Counts since the machine was made. A restarted access counts again; an access to a range counts once a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlbStats {
    /// Look-ups.
    pub accesses: u64,
    /// Look-ups that missed the first level.
    pub l1_misses: u64,
    /// Look-ups that missed both levels, and walked.
    pub l2_misses: u64,
    /// Look-ups that hit and walked all the same, to set the dirty bit or because the entry lacked the right.
    pub rewalks: u64,
    /// References that walks did not need, compared to those that go down to a base page's entry.
    pub references_saved: u64,
    /// Flushes of single pages (INVLPG).
    pub page_flushes: u64,
    /// Flushes of whole address spaces, those by which an identifier is used again included.
    pub asid_flushes: u64,
    /// Flushes that this processor asked another one for (IPIs).
    pub shootdowns: u64,
    /// Times that another address space was loaded.
    pub switches: u64,
}

impl TlbStats {
    /// Counts a look-up that misses both levels. (One by one: added as vectors, they would have to wait until the host has done all
    /// stores before, since the last counts were stored one by one.)
    #[inline]
    pub(crate) fn count_miss(&mut self) {
        self.accesses += 1;
        std::hint::black_box(&mut *self).l1_misses += 1;
        std::hint::black_box(&mut *self).l2_misses += 1;
    }

    /// Both together.
    #[must_use]
    pub fn plus(&self, other: &TlbStats) -> TlbStats {
        TlbStats {
            accesses: self.accesses + other.accesses,
            l1_misses: self.l1_misses + other.l1_misses,
            l2_misses: self.l2_misses + other.l2_misses,
            rewalks: self.rewalks + other.rewalks,
            references_saved: self.references_saved + other.references_saved,
            page_flushes: self.page_flushes + other.page_flushes,
            asid_flushes: self.asid_flushes + other.asid_flushes,
            shootdowns: self.shootdowns + other.shootdowns,
            switches: self.switches + other.switches,
        }
    }

    /// Look-ups that hit the first level.
    pub fn l1_hits(&self) -> u64 {
        self.accesses - self.l1_misses
    }

    /// Look-ups that hit the second level.
    pub fn l2_hits(&self) -> u64 {
        self.l1_misses - self.l2_misses
    }

    /// Page walks.
    pub fn walks(&self) -> u64 {
        self.l2_misses + self.rewalks
    }
}
