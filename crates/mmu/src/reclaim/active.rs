//! Active pages become inactive ones (Linux: `shrink_active_list`). Whether they were used does not matter, but for code.

use super::add::list_of;
use super::lists::LruList;
use crate::phys::FrameFlags;
use crate::{Machine, Pfn};

impl Machine {
    /// Moves up to `pages` pages from the tail of an active list to the head of the inactive one.
    pub(super) fn shrink_active_list(&mut self, list: LruList, pages: u64) {
        self.lru_add_drain();
        let isolated = self.isolate(list, pages);
        self.phys.vmstat.pgrefill += self.pages_of(&isolated);
        let (mut kept, mut deactivated) = (Vec::new(), Vec::new());
        for pfn in isolated {
            let used = self.page_referenced(pfn);
            if used.entries > 0 && used.executable && list.is_file() {
                kept.push(pfn);
            } else {
                deactivated.push(pfn);
            }
        }
        let rotated = self.pages_of(&kept);
        for pfn in kept {
            self.put_back(pfn);
        }
        self.deactivate(deactivated);
        self.lruvec().note_cost(list.is_file(), 0, rotated);
    }

    fn deactivate(&mut self, pages: Vec<Pfn>) {
        self.phys.vmstat.pgdeactivate += self.pages_of(&pages);
        for pfn in pages {
            let frame = self.phys.frame_mut(pfn);
            frame.remove(FrameFlags::ACTIVE);
            frame.insert(FrameFlags::WORKINGSET);
            self.put_back(pfn);
        }
    }

    /// Takes folios from the tail of a list until they are `pages` pages or more (Linux: `isolate_lru_folios`).
    pub(super) fn isolate(&mut self, list: LruList, pages: u64) -> Vec<Pfn> {
        let lists = &mut self.lruvec().lists;
        let (mut folios, mut taken) = (Vec::new(), 0);
        while taken < pages
            && let Some((head, order)) = lists.pop(list)
        {
            taken += 1 << order;
            folios.push(head);
        }
        folios
    }

    /// Pages of these folios.
    pub(super) fn pages_of(&self, heads: &[Pfn]) -> u64 {
        heads.iter().map(|head| u64::from(self.folio_nr_pages(*head))).sum()
    }

    /// Takes a page off its list, if lists are kept and it is on one (Linux: `folio_isolate_lru`).
    pub(crate) fn take_off_list(&mut self, pfn: Pfn) -> bool {
        self.phys.lruvec.as_mut().is_some_and(|lruvec| lruvec.lists.remove(pfn).is_some())
    }

    /// Puts an isolated page at the head of the list that its state says (Linux: `move_folios_to_lru`).
    pub(crate) fn put_back(&mut self, pfn: Pfn) {
        let frame = self.phys.frame(pfn);
        let (list, order) = (list_of(frame), frame.order());
        let lruvec = self.lruvec();
        lruvec.lists.add(list, pfn, order);
        if list.is_active() {
            lruvec.age.advance(1 << order);
        }
    }
}
