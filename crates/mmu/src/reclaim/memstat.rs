//! The fields of a group's `memory.stat` (Linux: `memcg1_stat_format`), version 1.

use crate::phys::{Frame, FrameFlags};
use crate::reclaim::LruList;
use crate::{Machine, Pfn};

/// Pages of a group by their use, in pages.
#[derive(Clone, Copy, Debug, Default)]
struct Usage {
    cache: u64,
    rss: u64,
    rss_huge: u64,
    shmem: u64,
    mapped_file: u64,
    dirty: u64,
    writeback: u64,
    swapcached: u64,
}

impl Usage {
    fn add(&mut self, frame: &Frame, is_mapped: bool) {
        let anon = frame.has(FrameFlags::ANON);
        let file = frame.has(FrameFlags::FILE);
        self.rss += u64::from(anon);
        self.rss_huge += u64::from(anon && frame.order() > 0);
        self.cache += u64::from(file);
        self.shmem += u64::from(frame.is_cached_shmem());
        self.mapped_file += u64::from(file && is_mapped);
        self.dirty += u64::from(frame.is_of_disk_file() && frame.has(FrameFlags::DIRTY));
        self.writeback += u64::from(frame.has(FrameFlags::WRITEBACK));
        self.swapcached += u64::from(frame.has(FrameFlags::SWAPCACHE));
    }
}

impl Machine {
    /// Names and values of the group's own fields, in the kernel's order and in bytes where it has bytes; None without a group.
    pub fn memcg_stat(&self) -> Option<Vec<(&'static str, u64)>> {
        let memcg = self.phys.memcg.as_ref()?;
        let usage = self.memcg_usage();
        let stat = self.vmstat();
        let bytes = |pages: u64| pages << self.page_shift();
        let list =
            |list: LruList| bytes(self.phys.lruvec.as_ref().map_or(0, |lruvec| lruvec.lists.size(list)));
        let (pgpgin, pgpgout) = memcg.paged();
        Some(vec![
            ("cache", bytes(usage.cache)),
            ("rss", bytes(usage.rss)),
            ("rss_huge", bytes(usage.rss_huge)),
            ("shmem", bytes(usage.shmem)),
            ("mapped_file", bytes(usage.mapped_file)),
            ("dirty", bytes(usage.dirty)),
            ("writeback", bytes(usage.writeback)),
            ("workingset_refault_anon", stat.workingset_refault_anon),
            ("workingset_refault_file", stat.workingset_refault_file),
            ("swap", bytes(u64::from(self.swap.uncached()))),
            ("swapcached", bytes(usage.swapcached)),
            ("pgpgin", pgpgin),
            ("pgpgout", pgpgout),
            ("pgfault", stat.pgfault),
            ("pgmajfault", stat.pgmajfault),
            ("inactive_anon", list(LruList::InactiveAnon)),
            ("active_anon", list(LruList::ActiveAnon)),
            ("inactive_file", list(LruList::InactiveFile)),
            ("active_file", list(LruList::ActiveFile)),
            ("unevictable", list(LruList::Unevictable)),
        ])
    }

    /// `memory.stat` as the kernel writes it; the sums with the groups below are the same, since there are none.
    pub fn memcg_stat_text(&self) -> Option<String> {
        let memcg = self.phys.memcg.as_ref()?;
        let own = self.memcg_stat()?;
        let most = (i64::MAX as u64) & !(self.page_size() - 1);
        let bytes = |pages: Option<u64>| pages.map_or(most, |pages| pages << self.page_shift());
        let limits = [
            ("hierarchical_memory_limit", bytes(Some(memcg.limit_pages()))),
            ("hierarchical_memsw_limit", bytes(memcg.memsw_limit_pages())),
        ];
        let own_lines = own.iter().chain(&limits).map(|(name, value)| format!("{name} {value}\n"));
        Some(own_lines.chain(own.iter().map(|(name, value)| format!("total_{name} {value}\n"))).collect())
    }

    fn memcg_usage(&self) -> Usage {
        let mut usage = Usage::default();
        let Some(memcg) = &self.phys.memcg else { return usage };
        for pfn in (0..self.phys.described()).map(Pfn).filter(|pfn| memcg.is_charged(*pfn)) {
            let frame = self.phys.frame(pfn);
            usage.add(frame, frame.mapcount() > 0 || self.folios.get(self.folio_head(pfn)).entire > 0);
        }
        usage
    }
}
