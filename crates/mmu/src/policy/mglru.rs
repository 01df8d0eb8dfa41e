//! The multi-generational LRU (`Documentation/mm/multigen_lru.rst`): pages are in generations by age instead of on two lists.
//!
//! Aging makes a new youngest generation, once only two are left, and moves into it, in the order of a walk of the page tables, the
//! pages whose accessed bit is set. Eviction takes from the end of the oldest generation. A page used N times since it came or last
//! moved is in tier log2(N); upper tiers are protected, so that their pages move on by one generation, where more of what was evicted
//! from them came back than of tier 0, in the proportion of 3 to 2 for a margin. That feedback is halved at each aging.
//!
//! A reference here does what both a mapped access and a read do: it sets the bit and counts as a use. Left out: file and anonymous
//! pages apart, Bloom filters, the working-set flag, `min_ttl_ms`.

use super::Policy;
use super::list::{Links, List, PerPage};
use serde::{Deserialize, Serialize};

/// Generations there can be, and the youngest ones that nothing is evicted from (Linux: `MAX_NR_GENS`, `MIN_NR_GENS`).
const MOST: u64 = 4;
const FEWEST: u64 = 2;
/// Tiers (Linux: `MAX_NR_TIERS`); the last one begins with five uses.
const TIERS: usize = 4;
const MOST_USES: u8 = 5;
/// Refaults below which a tier's figures say nothing (Linux: `MIN_LRU_BATCH`).
const BATCH: u64 = 64;

/// What is known of a page. Not resident: 0 uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Page {
    uses: u8,
    young: bool,
    /// The number of its generation, modulo [`MOST`].
    place: u8,
}

/// What an evicted page leaves behind: the oldest generation's number at the time, and its tier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Shadow {
    /// One more than the number; 0: nothing.
    generation: u64,
    tier: u8,
}

/// What became of a tier's pages: those that came back, of all that were evicted or protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Fate {
    refaulted: u64,
    all: u64,
}

/// See the module.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Mglru {
    links: Links,
    generations: [List; MOST as usize],
    oldest: u64,
    youngest: u64,
    resident: usize,
    pages: PerPage<Page>,
    /// One more than the highest page number there was.
    end: u32,
    shadows: PerPage<Shadow>,
    fates: [Fate; TIERS],
}

impl Default for Mglru {
    fn default() -> Self {
        Mglru {
            links: Links::default(),
            generations: [List::default(); MOST as usize],
            oldest: 0,
            youngest: MOST - 1,
            resident: 0,
            pages: PerPage::default(),
            end: 0,
            shadows: PerPage::default(),
            fates: [Fate::default(); TIERS],
        }
    }
}

impl Mglru {
    /// An empty memory.
    pub fn new() -> Self {
        Mglru::default()
    }

    fn list(&mut self, generation: u64) -> &mut List {
        &mut self.generations[(generation % MOST) as usize]
    }

    /// The tier of a page with so many uses: 0 for one, 1 for two, 2 for three and four.
    fn tier(uses: u8) -> usize {
        uses.max(1).next_power_of_two().trailing_zeros() as usize
    }

    fn unlink(&mut self, page: u32) -> Page {
        let known = self.pages.get(page);
        self.generations[usize::from(known.place)].unlink(&mut self.links, page);
        known
    }

    fn link(&mut self, page: u32, generation: u64, uses: u8) {
        let place = (generation % MOST) as u8;
        self.pages.set(page, Page { uses, young: false, place });
        self.generations[usize::from(place)].push_head(&mut self.links, page);
    }

    /// A new youngest generation, with all pages that were used since the last time.
    fn age(&mut self) {
        self.youngest += 1;
        for page in 0..self.end {
            if self.pages.get(page).young {
                self.unlink(page);
                self.link(page, self.youngest, 1);
            }
        }
        for fate in &mut self.fates {
            *fate = Fate { refaulted: fate.refaulted / 2, all: fate.all / 2 };
        }
    }

    /// The first tier that is protected: refaults a page, of what left it, exceed those of tier 0.
    fn first_protected(&self) -> usize {
        let base = self.fates[0];
        let protected = |fate: &Fate| {
            fate.refaulted >= BATCH
                && fate.refaulted * (base.all + BATCH) * 2 > (base.refaulted + 1) * fate.all * 3
        };
        1 + self.fates[1..].iter().position(protected).unwrap_or(TIERS - 1)
    }
}

impl Policy for Mglru {
    #[inline]
    fn holds(&self, page: u32) -> bool {
        self.pages.get(page).uses > 0
    }

    #[inline]
    fn touch(&mut self, page: u32) {
        let known = self.pages.get(page);
        self.pages.set(page, Page { uses: (known.uses + 1).min(MOST_USES), young: true, ..known });
    }

    fn miss(&mut self, page: u32) {
        let Shadow { generation, tier } = self.shadows.get(page);
        if generation > 0 && self.youngest - (generation - 1) < MOST {
            self.fates[usize::from(tier)].refaulted += 1;
        }
    }

    fn candidate(&mut self, _incoming: Option<u32>) -> Option<u32> {
        if self.resident == 0 {
            return None;
        }
        loop {
            let oldest = self.oldest;
            let Some(page) = self.list(oldest).tail() else {
                self.oldest += 1;
                if self.youngest - self.oldest < FEWEST {
                    self.age();
                }
                continue;
            };
            let tier = Mglru::tier(self.pages.get(page).uses);
            if tier < self.first_protected() {
                return Some(page);
            }
            self.fates[tier].all += 1;
            let young = self.unlink(page).young;
            self.link(page, oldest + 1, 1);
            let moved = self.pages.get(page);
            self.pages.set(page, Page { young, ..moved });
        }
    }

    fn evict(&mut self, victim: u32) {
        let tier = Mglru::tier(self.unlink(victim).uses);
        self.fates[tier].all += 1;
        self.pages.set(victim, Page::default());
        self.shadows.set(victim, Shadow { generation: self.oldest + 1, tier: tier as u8 });
        self.resident -= 1;
    }

    fn insert(&mut self, page: u32) {
        self.shadows.set(page, Shadow::default());
        self.link(page, self.youngest, 1);
        self.end = self.end.max(page + 1);
        self.resident += 1;
    }

    fn forget(&mut self, page: u32) {
        if self.holds(page) {
            self.unlink(page);
            self.resident -= 1;
        }
        self.pages.set(page, Page::default());
        self.shadows.set(page, Shadow::default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three pages in the oldest generation, the first of them used twice.
    fn with_fates(fates: [Fate; TIERS]) -> Mglru {
        let mut policy = Mglru { fates, ..Mglru::new() };
        for page in 0..3 {
            policy.link(page, 0, 1);
            policy.resident += 1;
            policy.end = page + 1;
        }
        policy.touch(0);
        policy
    }

    #[test]
    fn a_tier_from_which_more_comes_back_is_protected() {
        let fate = |refaulted, all| Fate { refaulted, all };
        let even = with_fates([fate(100, 1000), fate(100, 1000), fate(0, 0), fate(0, 0)]).candidate(None);
        assert_eq!(even, Some(0), "the oldest, whatever its tier");
        let few = with_fates([fate(0, 1000), fate(63, 63), fate(0, 0), fate(0, 0)]).candidate(None);
        assert_eq!(few, Some(0), "too few refaults to tell");
        let mut dearer = with_fates([fate(100, 1000), fate(200, 1000), fate(0, 0), fate(0, 0)]);
        assert_eq!(dearer.candidate(None), Some(1));
        assert_eq!(dearer.pages.get(0).place, 1, "it moved on by one generation");
        assert_eq!(dearer.fates[1].all, 1001);
    }

    #[test]
    fn aging_takes_what_was_used() {
        let mut policy = with_fates([Fate::default(); TIERS]);
        policy.youngest = 1;
        policy.age();
        assert_eq!(
            policy.pages.get(0),
            Page { uses: 1, young: false, place: (policy.youngest % MOST) as u8 }
        );
        assert_eq!(policy.pages.get(1).place, 0);
    }
}
