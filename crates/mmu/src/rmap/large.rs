//! Mapcounts of large folios (Linux: `_large_mapcount`, `_entire_mapcount`, `_mm_id[2]`, `FOLIO_MM_IDS_SHARED`).
//!
//! Each base page's own mapcount stands in its frame. What belongs to the folio as a whole stands here while it is mapped:
//! all mappings, those of the whole folio by one entry, and, as in Linux, those of at most two address spaces by
//! name; further ones only show in the total. `shared` may thus stay set although one address space is left.

use crate::{MmId, Pfn};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What is counted of a mapped large folio.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LargeCounts {
    /// Entries that map it or a page of it.
    pub(crate) total: u32,
    /// Entries that map it whole.
    pub(crate) entire: u32,
    /// Two address spaces and their entries.
    owners: [Option<(MmId, u32)>; 2],
    /// Mapped by more than one address space, perhaps (Linux: `folio_maybe_mapped_shared`).
    pub(crate) shared: bool,
}

/// The mapped large folios by their first frame. (Never iterated over: order does not show.)
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct LargeFolios {
    #[serde(serialize_with = "crate::ids::ordered")]
    counts: HashMap<Pfn, LargeCounts>,
}

impl LargeFolios {
    /// The counts of the folio at `head`; all zero if it is not mapped.
    pub(crate) fn get(&self, head: Pfn) -> LargeCounts {
        self.counts.get(&head).copied().unwrap_or_default()
    }

    /// `entries` entries of `mm` more map it or its pages.
    pub(crate) fn add(&mut self, head: Pfn, mm: MmId, entries: u32) {
        self.counts.entry(head).or_default().add(mm, entries);
    }

    /// `entries` entries of `mm` less: how many are left.
    pub(crate) fn remove(&mut self, head: Pfn, mm: MmId, entries: u32) -> u32 {
        let Some(counts) = self.counts.get_mut(&head) else { return 0 };
        counts.remove(mm, entries);
        let left = counts.total;
        if left == 0 {
            self.counts.remove(&head);
        }
        left
    }

    /// One entry of `mm` more maps it whole.
    pub(crate) fn add_entire(&mut self, head: Pfn, mm: MmId) {
        let counts = self.counts.entry(head).or_default();
        counts.add(mm, 1);
        counts.entire += 1;
    }

    /// One entry of `mm` less maps it whole: how many of all kinds are left.
    pub(crate) fn remove_entire(&mut self, head: Pfn, mm: MmId) -> u32 {
        if let Some(counts) = self.counts.get_mut(&head) {
            counts.entire = counts.entire.saturating_sub(1);
        }
        self.remove(head, mm, 1)
    }

    /// The folio is no more, though its pages are: nothing is counted (its split).
    pub(crate) fn forget(&mut self, head: Pfn) {
        self.counts.remove(&head);
    }

    /// Whether all its mappings are surely `mm`'s (Linux: `__wp_can_reuse_large_anon_folio`).
    pub(crate) fn mapped_only_by(&self, head: Pfn, mm: MmId) -> bool {
        let counts = self.get(head);
        !counts.shared && counts.owners.iter().flatten().any(|owner| owner.0 == mm)
    }
}

impl LargeCounts {
    fn add(&mut self, mm: MmId, entries: u32) {
        self.total += entries;
        if let Some(owner) = self.owner(mm) {
            owner.1 += entries;
        } else if self.owners[0].is_none() {
            self.owners[0] = Some((mm, entries));
            self.shared |= self.total != entries;
        } else if self.owners[1].is_none() {
            self.owners[1] = Some((mm, entries));
            self.shared = true;
        }
    }

    fn remove(&mut self, mm: MmId, entries: u32) {
        self.total = self.total.saturating_sub(entries);
        if let Some(owner) = self.owner(mm) {
            if owner.1 > entries {
                owner.1 -= entries;
                return;
            }
            self.owners.iter_mut().filter(|o| o.is_some_and(|o| o.0 == mm)).for_each(|o| *o = None);
        }
        if self.owners.iter().any(|o| o.map_or(0, |o| o.1) == self.total) {
            self.shared = false;
        }
    }

    fn owner(&mut self, mm: MmId) -> Option<&mut (MmId, u32)> {
        self.owners.iter_mut().flatten().find(|owner| owner.0 == mm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_address_space_keeps_it_shared_until_one_has_all() {
        let (head, a, b, c) = (Pfn(512), MmId(0), MmId(1), MmId(2));
        let mut folios = LargeFolios::default();
        folios.add(head, a, 512);
        assert!(folios.mapped_only_by(head, a));
        folios.add(head, b, 512);
        folios.add(head, c, 512);
        folios.remove(head, a, 512);
        assert!(folios.get(head).shared, "c has no slot, so b cannot know");
        folios.remove(head, c, 512);
        assert!(!folios.get(head).shared);
        assert!(folios.mapped_only_by(head, b));
        assert_eq!(folios.remove(head, b, 512), 0);
        assert_eq!(folios.get(head), LargeCounts::default());
    }
}
