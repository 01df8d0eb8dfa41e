//! A file's page goes out (Linux: `__remove_mapping`) and comes back (`workingset_refault`): straight to the active list if it was
//! evicted too early.

use super::workingset::Shadow;
use crate::phys::FrameFlags;
use crate::{Machine, Pfn};

impl Machine {
    /// Takes a folio that nothing maps out of the page cache; its shadows stay.
    pub(crate) fn evict_folio(&mut self, head: Pfn) {
        let inode = self.page_inode(head);
        let frame = self.phys.frame(head);
        let (index, workingset) = (frame.index(), frame.has(FrameFlags::WORKINGSET));
        let pages = u64::from(self.folio_nr_pages(head));
        let shadow =
            self.phys.lruvec.as_mut().map_or(Shadow::default(), |pool| pool.age.evict(workingset, pages));
        self.filemap_remove_folio(inode, head);
        self.files.inode_mut(inode).shadows.extend((index..index + pages).map(|index| (index, shadow)));
    }

    /// The new page `pfn` holds what left `shadow` when it was evicted. Where no pool is short, no page is out for long.
    pub(crate) fn workingset_refault(&mut self, pfn: Pfn, shadow: Shadow) {
        if self.phys.lruvec.is_none() {
            self.phys.frame_mut(pfn).insert(FrameFlags::ACTIVE);
            return;
        }
        let file = !self.phys.frame(pfn).has(FrameFlags::SWAPBACKED);
        let pages = u64::from(self.folio_nr_pages(pfn));
        *self.refault_counter(file) += pages;
        let can_swap = self.can_swap();
        let now_ns = self.clock.now_ns();
        let lruvec = self.lruvec();
        lruvec.refresh_stats(now_ns);
        if !lruvec.age.is_recent(shadow, file, &lruvec.stats, can_swap) {
            return;
        }
        lruvec.age.advance(pages);
        lruvec.activated[usize::from(file)] += pages;
        if shadow.was_workingset() {
            lruvec.note_cost(file, pages, 0);
        }
        let frame = self.phys.frame_mut(pfn);
        frame.insert(FrameFlags::ACTIVE);
        if shadow.was_workingset() {
            frame.insert(FrameFlags::WORKINGSET);
        }
        self.count_activation(file, shadow.was_workingset(), pages);
    }

    fn refault_counter(&mut self, file: bool) -> &mut u64 {
        match file {
            false => &mut self.phys.vmstat.workingset_refault_anon,
            true => &mut self.phys.vmstat.workingset_refault_file,
        }
    }

    fn count_activation(&mut self, file: bool, restored: bool, pages: u64) {
        let stat = &mut self.phys.vmstat;
        let (activate, restore) = match file {
            false => (&mut stat.workingset_activate_anon, &mut stat.workingset_restore_anon),
            true => (&mut stat.workingset_activate_file, &mut stat.workingset_restore_file),
        };
        *activate += pages;
        *restore += if restored { pages } else { 0 };
    }
}
