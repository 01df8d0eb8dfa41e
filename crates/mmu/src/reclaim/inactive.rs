//! Inactive pages: freed, kept or activated, 32 at a time (Linux: `shrink_inactive_list`).

use super::Scope;
use super::lists::LruList;
use super::page::{Tally, Verdict};
use crate::phys::FrameFlags;
use crate::{Machine, Pfn};

/// What looking at a page costs on the modelled clock.
pub(super) const SCAN_NS: u64 = 500;
/// Counters of a group that change as a page comes, and as it goes: of its kind, of its list, of its mapping, of events.
pub(super) const CHANGES_A_PAGE: u64 = 8;

impl Machine {
    /// Looks at `pages` pages or a few more from the tail of an inactive list: how many it looked at, and how many it freed.
    pub(super) fn shrink_inactive_list(&mut self, list: LruList, pages: u64) -> (u64, u64) {
        self.end_writes();
        self.lru_add_drain();
        let isolated = self.isolate(list, pages);
        let scanned = self.pages_of(&isolated);
        self.clock.advance(scanned * SCAN_NS);
        let (mut tally, mut back) = (Tally::default(), Vec::new());
        let freed = self.gather_whole(|machine| machine.shrink_folios(isolated, &mut tally, &mut back));
        for pfn in back {
            self.put_back(pfn);
        }
        let now_ns = self.clock.now_ns();
        let lruvec = self.lruvec();
        lruvec.note_cost(list.is_file(), tally.pageout, scanned.saturating_sub(freed));
        lruvec.refresher.note_changes(scanned + freed * CHANGES_A_PAGE);
        lruvec.refresh_stats(now_ns);
        self.count_scan(list.is_file(), scanned, freed);
        if scanned > 0 && tally.unqueued_dirty == scanned {
            self.wake_flusher();
        }
        (scanned, freed)
    }

    /// The isolated folio is active when it is put back.
    pub(crate) fn activate_isolated(&mut self, head: Pfn) {
        self.phys.vmstat.pgactivate += u64::from(self.folio_nr_pages(head));
        self.phys.frame_mut(head).insert(FrameFlags::ACTIVE);
    }

    /// Looks at isolated folios, and at once at the pages of those that are taken apart: how many pages are free. The others go to `back`.
    fn shrink_folios(&mut self, mut isolated: Vec<Pfn>, tally: &mut Tally, back: &mut Vec<Pfn>) -> u64 {
        let mut freed = 0;
        isolated.reverse();
        while let Some(pfn) = isolated.pop() {
            match self.shrink_page(pfn, tally, &mut isolated) {
                Verdict::Freed(pages) => freed += pages,
                Verdict::Gone => {}
                Verdict::Keep => back.push(pfn),
                Verdict::Activate => {
                    self.activate_isolated(pfn);
                    back.push(pfn);
                }
            }
        }
        freed
    }

    /// What is looked at for a group is not counted by who looks (Linux: `cgroup_reclaim`).
    fn count_scan(&mut self, file: bool, scanned: u64, freed: u64) {
        let scope = self.lruvec().scope;
        let stat = &mut self.phys.vmstat;
        match scope {
            Scope::Group => {}
            Scope::Direct => {
                stat.pgscan_direct += scanned;
                stat.pgsteal_direct += freed;
            }
            Scope::Kswapd => {
                stat.pgscan_kswapd += scanned;
                stat.pgsteal_kswapd += freed;
            }
        }
        if file {
            self.phys.vmstat.pgscan_file += scanned;
            self.phys.vmstat.pgsteal_file += freed;
        } else {
            self.phys.vmstat.pgscan_anon += scanned;
            self.phys.vmstat.pgsteal_anon += freed;
        }
    }
}
