//! The event counters of `/proc/vmstat` that are modelled, by its names, in its order.

use serde::{Deserialize, Serialize};

macro_rules! vmstat {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        /// Event counts since the machine was built.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub struct VmStat {
            $($(#[$doc])* pub $name: u64,)+
        }

        impl VmStat {
            /// Names and values, in the order of `/proc/vmstat`.
            pub fn counters(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name),)+]
            }
        }
    };
}

vmstat! {
    /// Refaults of anonymous pages.
    workingset_refault_anon,
    /// Refaults of file pages.
    workingset_refault_file,
    /// Anonymous refaults that came back active.
    workingset_activate_anon,
    /// File refaults that came back active.
    workingset_activate_file,
    /// Anonymous refaults of pages that had been active before.
    workingset_restore_anon,
    /// File refaults of pages that had been active before.
    workingset_restore_file,
    /// Pages of files that became dirty.
    nr_dirtied,
    /// Pages of files that were written.
    nr_written,
    /// Pages read from swap.
    pswpin,
    /// Pages written to swap.
    pswpout,
    /// Allocations of pages for programs that had to reclaim.
    allocstall_movable,
    /// Pages that went from an inactive to an active list.
    pgactivate,
    /// Pages that went from an active to an inactive list.
    pgdeactivate,
    /// Lazily freed pages (MADV_FREE) that reclaim took.
    pglazyfreed,
    /// Page faults of both kinds.
    pgfault,
    /// Major page faults.
    pgmajfault,
    /// Pages scanned on active lists.
    pgrefill,
    /// Pages that kswapd freed.
    pgsteal_kswapd,
    /// Pages that allocations freed themselves.
    pgsteal_direct,
    /// Pages that kswapd looked at.
    pgscan_kswapd,
    /// Pages that allocations looked at.
    pgscan_direct,
    /// Anonymous pages looked at.
    pgscan_anon,
    /// File pages looked at.
    pgscan_file,
    /// Anonymous pages freed.
    pgsteal_anon,
    /// File pages freed.
    pgsteal_file,
    /// kswapd had slept only shortly when it was woken.
    kswapd_low_wmark_hit_quickly,
    /// kswapd was through and memory still low.
    kswapd_high_wmark_hit_quickly,
    /// Runs of kswapd.
    pageoutrun,
    /// Pages moved to the end of an inactive list when their write ended.
    pgrotated,
    /// Processes killed for want of memory.
    oom_kill,
    /// Pages moved to other frames.
    pgmigrate_success,
    /// Pages that compaction looked at to move them.
    compact_migrate_scanned,
    /// Frames that it looked at to move pages there.
    compact_free_scanned,
    /// Pages and frames that it took for that.
    compact_isolated,
    /// Allocations that compacted themselves.
    compact_stall,
    /// Those of them that got no block by it.
    compact_fail,
    /// Those that did.
    compact_success,
    /// Huge pages that faults got.
    thp_fault_alloc,
    /// Faults that wanted one and took base pages.
    thp_fault_fallback,
    /// Those of them where the group's limit was in the way.
    thp_fault_fallback_charge,
    /// Huge pages made of base pages.
    thp_collapse_alloc,
    /// Base pages for which no huge page was to be had.
    thp_collapse_alloc_failed,
    /// Huge pages taken apart.
    thp_split_page,
    /// Entries for huge pages replaced by tables.
    thp_split_pmd,
    /// Huge zero pages made.
    thp_zero_page_alloc,
    /// Huge pages written to swap as one.
    thp_swpout,
    /// Huge pages taken apart to go to swap.
    thp_swpout_fallback,
    /// Pages of only zeroes that came back without input.
    swpin_zero,
    /// Pages of only zeroes that went without output.
    swpout_zero,
    /// Pages read ahead from swap.
    swap_ra,
    /// Of these, pages that were used.
    swap_ra_hit,
}
