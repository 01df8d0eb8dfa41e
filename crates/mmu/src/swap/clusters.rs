//! Which slot of a swap area is given out next (Linux 6.18: `cluster_alloc_swap_entry`, `alloc_swap_scan_cluster`,
//! `relocate_cluster`, `swap_entries_free`).
//!
//! Slots are in clusters of 512. One cluster is filled upwards from where the last slot was given; then comes the cluster that
//! has had slots given back for the longest time, then an unused one, then one that was left partly used. So slots given back
//! are used again soon, and what is written together is not always next to each other. A huge page takes an unused cluster. Left out: clusters for
//! large pages of other sizes, discarding.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Slots of a cluster (Linux: `SWAPFILE_CLUSTER`).
const CLUSTER: u32 = 512;

/// The list that a cluster is on (Linux: `CLUSTER_FLAG_FREE` and the others).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    /// On none: slots are given out of it.
    #[default]
    Taken,
    /// No slot is used.
    Free,
    /// Slots were given back.
    Nonfull,
    /// Slots were given out and some are left.
    Frag,
    /// All slots are used.
    Full,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Cluster {
    used: u32,
    state: State,
    /// Its place on its list.
    place: u64,
}

/// Clusters in the order in which they came.
type List = BTreeMap<u64, u32>;

/// The clusters of an area.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Clusters {
    /// Slots of the area.
    limit: u32,
    clusters: Vec<Cluster>,
    free: List,
    nonfull: List,
    frag: List,
    /// Places given so far.
    places: u64,
    /// Where to look for a slot first.
    next: Option<u32>,
}

impl Clusters {
    /// Those of an area of `limit` slots, of which slot 0 is its header.
    pub(super) fn new(limit: u32) -> Clusters {
        let mut clusters = Clusters { limit, ..Clusters::default() };
        for at in 0..limit.div_ceil(CLUSTER) {
            let beyond = ((at + 1) * CLUSTER).saturating_sub(limit);
            let header = u32::from(at == 0);
            clusters.clusters.push(Cluster { used: beyond + header, ..Cluster::default() });
            let state = if beyond + header > 0 { State::Nonfull } else { State::Free };
            clusters.move_to(at, state);
        }
        clusters
    }

    /// Whether the next search begins within a cluster.
    pub(super) fn is_within(&self) -> bool {
        self.next.is_some()
    }

    /// A slot for which `is_free`, which is used from now on.
    pub(super) fn take(&mut self, is_free: impl Fn(u32) -> bool) -> Option<u32> {
        if let Some(next) = self.next
            && self.clusters[(next / CLUSTER) as usize].state != State::Full
            && let Some(slot) = self.scan(next, &is_free)
        {
            return Some(slot);
        }
        while let Some(at) = self.isolate() {
            if let Some(slot) = self.scan(at * CLUSTER, &is_free) {
                return Some(slot);
            }
        }
        self.next = None;
        None
    }

    /// The first slot of an unused cluster, all `pages` of which are used from now on.
    pub(super) fn take_whole(&mut self, pages: u32) -> Option<u32> {
        if pages != CLUSTER {
            return None;
        }
        let (_, at) = self.free.pop_first()?;
        self.clusters[at as usize] = Cluster { used: CLUSTER, state: State::Taken, place: 0 };
        self.move_to(at, State::Full);
        Some(at * CLUSTER)
    }

    /// Looks at the slots of a cluster from `from` on; the next search begins behind the one that is found.
    fn scan(&mut self, from: u32, is_free: &impl Fn(u32) -> bool) -> Option<u32> {
        let at = from / CLUSTER;
        let from = if self.clusters[at as usize].used == 0 { at * CLUSTER } else { from };
        let end = ((at + 1) * CLUSTER).min(self.limit);
        let found = (from.max(1)..end).find(|&slot| is_free(slot));
        let cluster = &mut self.clusters[at as usize];
        cluster.used += u32::from(found.is_some());
        let is_full = cluster.used == CLUSTER;
        self.next = found.map(|slot| slot + 1).filter(|&next| !is_full && next < end);
        self.move_to(at, if is_full { State::Full } else { State::Frag });
        found
    }

    /// The next cluster to fill, taken off its list.
    fn isolate(&mut self) -> Option<u32> {
        let lists = [&mut self.nonfull, &mut self.free, &mut self.frag];
        let (_, at) = lists.into_iter().find_map(BTreeMap::pop_first)?;
        self.clusters[at as usize].state = State::Taken;
        Some(at)
    }

    /// A slot is free again.
    pub(super) fn give_back(&mut self, slot: u32) {
        let at = slot / CLUSTER;
        let cluster = &mut self.clusters[at as usize];
        cluster.used -= 1;
        let state = if cluster.used == 0 { State::Free } else { State::Nonfull };
        self.move_to(at, state);
    }

    fn move_to(&mut self, at: u32, state: State) {
        let Cluster { state: old, place, .. } = self.clusters[at as usize];
        if old == state {
            return;
        }
        if let Some(list) = self.list(old) {
            list.remove(&place);
        }
        self.places += 1;
        let place = self.places;
        let cluster = &mut self.clusters[at as usize];
        (cluster.state, cluster.place) = (state, place);
        if let Some(list) = self.list(state) {
            list.insert(place, at);
        }
    }

    fn list(&mut self, state: State) -> Option<&mut List> {
        match state {
            State::Free => Some(&mut self.free),
            State::Nonfull => Some(&mut self.nonfull),
            State::Frag => Some(&mut self.frag),
            State::Taken | State::Full => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    struct Area(Clusters, BTreeSet<u32>);

    impl Area {
        fn take(&mut self) -> Option<u32> {
            let slot = self.0.take(|slot| !self.1.contains(&slot))?;
            assert!(self.1.insert(slot), "{slot} was free");
            Some(slot)
        }

        fn give_back(&mut self, slot: u32) {
            self.1.remove(&slot);
            self.0.give_back(slot);
        }
    }

    #[test]
    fn a_cluster_is_filled_before_one_with_slots_given_back() {
        let mut area = Area(Clusters::new(4 * 512), BTreeSet::new());
        let first: Vec<u32> = (0..600).map_while(|_| area.take()).collect();
        assert_eq!((first[0], first[510], first[511], first[599]), (1, 511, 512, 600));
        area.give_back(3);
        area.give_back(7);
        let filled: Vec<u32> = (601..1024).map_while(|_| area.take()).collect();
        assert_eq!((filled[0], *filled.last().unwrap()), (601, 1023));
        assert_eq!([area.take(), area.take()], [Some(3), Some(7)], "then those that were given back");
        assert_eq!(area.take(), Some(1024), "then an unused cluster");
    }

    #[test]
    fn a_huge_page_takes_an_unused_cluster_of_the_area() {
        let mut area = Area(Clusters::new(3 * 512), BTreeSet::new());
        assert_eq!([area.take(), area.take()], [Some(1), Some(2)]);
        assert_eq!([area.0.take_whole(512), area.0.take_whole(512)], [Some(512), Some(1024)]);
        assert_eq!((area.0.take_whole(512), area.0.take_whole(16)), (None, None));
        area.1.extend(512..1536);
        assert_eq!(area.take(), Some(3), "where the last one was");
        (512..1024).for_each(|slot| area.give_back(slot));
        assert_eq!(area.0.take_whole(512), Some(512));
    }

    #[test]
    fn every_slot_is_found() {
        let mut area = Area(Clusters::new(1300), BTreeSet::new());
        assert_eq!(std::iter::from_fn(|| area.take()).count(), 1299);
        for slot in [5, 700, 1299] {
            area.give_back(slot);
        }
        let mut again: Vec<u32> = std::iter::from_fn(|| area.take()).collect();
        again.sort_unstable();
        assert_eq!(again, [5, 700, 1299]);
    }
}
