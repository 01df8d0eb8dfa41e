//! `/proc/vmstat` (Linux: `vmstat_start`, `vmstat_text`): what the twin counts, in the kernel's order; other lines are left out.

use crate::task::Kernel;
use memtwin_mmu::reclaim::LruList;
use std::fmt::Write;

impl Kernel {
    /// Names and values: gauges of now, then events since the machine was built.
    pub fn vmstat(&self) -> Vec<(&'static str, u64)> {
        let census = self.machine.census();
        let free = u64::from(self.machine.phys.total() - self.machine.phys.used());
        let list = |list| census.list(list);
        let events = self.machine.vmstat();
        let (of_node, of_machine): (Vec<_>, Vec<_>) =
            events.counters().into_iter().partition(|(name, _)| name.starts_with("workingset"));
        let (background, limit) = self.machine.dirty_thresholds();
        let mut lines = vec![
            ("nr_free_pages", free),
            ("nr_zone_inactive_anon", list(LruList::InactiveAnon)),
            ("nr_zone_active_anon", list(LruList::ActiveAnon)),
            ("nr_zone_inactive_file", list(LruList::InactiveFile)),
            ("nr_zone_active_file", list(LruList::ActiveFile)),
            ("nr_zone_unevictable", list(LruList::Unevictable)),
            ("nr_zone_write_pending", census.dirty + census.writeback),
            ("nr_mlock", census.mlocked),
            ("nr_inactive_anon", list(LruList::InactiveAnon)),
            ("nr_active_anon", list(LruList::ActiveAnon)),
            ("nr_inactive_file", list(LruList::InactiveFile)),
            ("nr_active_file", list(LruList::ActiveFile)),
            ("nr_unevictable", list(LruList::Unevictable)),
        ];
        lines.extend(of_node);
        lines.extend([
            ("nr_anon_pages", census.anon),
            ("nr_mapped", census.mapped),
            ("nr_file_pages", census.file),
            ("nr_dirty", census.dirty),
            ("nr_writeback", census.writeback + self.machine.files.dirty.writing()),
            ("nr_shmem", census.shmem),
            ("nr_dirtied", events.nr_dirtied),
            ("nr_written", events.nr_written),
            ("nr_page_table_pages", census.page_tables),
            ("nr_swapcached", census.swapcached),
            ("nr_dirty_threshold", limit),
            ("nr_dirty_background_threshold", background),
        ]);
        let listed = ["nr_dirtied", "nr_written"];
        lines.extend(of_machine.into_iter().filter(|(name, _)| !listed.contains(name)));
        lines
    }

    /// The file.
    pub fn vmstat_text(&self) -> String {
        let mut text = String::new();
        for (name, value) in self.vmstat() {
            let _ = writeln!(text, "{name} {value}");
        }
        text
    }
}
