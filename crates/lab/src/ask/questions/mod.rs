//! The questions, a file each, in the order in which they are listed.

/// Lines by the process of this number.
macro_rules! lines_by {
    ($process:literal: $($line:literal)+) => { concat!($("[", $process, "] ", $line, "\n"),+) };
}

/// The same lines by each of the processes 3 to 10.
macro_rules! by_eight_more {
    ($($line:literal)+) => {
        concat!(
            lines_by!(3: $($line)+),
            lines_by!(4: $($line)+),
            lines_by!(5: $($line)+),
            lines_by!(6: $($line)+),
            lines_by!(7: $($line)+),
            lines_by!(8: $($line)+),
            lines_by!(9: $($line)+),
            lines_by!(10: $($line)+),
        )
    };
}

mod arenas;
mod belady;
mod block_size;
mod break_page;
mod brk_or_mmap;
mod dirty_pages;
mod first_frame;
mod fits;
mod fork_cow;
mod freed_not_returned;
mod heap_hole;
mod huge_pages;
mod kswapd;
mod library;
mod malloc_one;
mod mmap_for_all;
mod mmap_or_read;
mod oom;
mod overcommit;
mod scan;
mod shared_memory;
mod table_levels;
mod thrashing;
mod tlb;
mod trim_threshold;
mod zero_page;

use super::Experiment;

/// All experiments.
pub const EXPERIMENTS: &[&Experiment] = &[
    &brk_or_mmap::EXPERIMENT,
    &malloc_one::EXPERIMENT,
    &block_size::EXPERIMENT,
    &freed_not_returned::EXPERIMENT,
    &heap_hole::EXPERIMENT,
    &trim_threshold::EXPERIMENT,
    &mmap_for_all::EXPERIMENT,
    &fits::EXPERIMENT,
    &arenas::EXPERIMENT,
    &break_page::EXPERIMENT,
    &first_frame::EXPERIMENT,
    &zero_page::EXPERIMENT,
    &fork_cow::EXPERIMENT,
    &shared_memory::EXPERIMENT,
    &mmap_or_read::EXPERIMENT,
    &library::EXPERIMENT,
    &overcommit::EXPERIMENT,
    &oom::EXPERIMENT,
    &thrashing::EXPERIMENT,
    &kswapd::EXPERIMENT,
    &dirty_pages::EXPERIMENT,
    &scan::EXPERIMENT,
    &belady::EXPERIMENT,
    &tlb::EXPERIMENT,
    &table_levels::EXPERIMENT,
    &huge_pages::EXPERIMENT,
];

/// A mebibyte at `m` that nobody has touched.
const MIB: &str = "m = mmap(NULL, 1M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n";
/// Each of its pages read.
const READ: &str = "touch(m, 1M, r)\n";
/// Each of its pages written.
const WRITE: &str = "touch(m, 1M, w)\n";
/// Eight processes more than two.
const FORK_TO_TEN: &str = "fork(3)\nfork(4)\nfork(5)\nfork(6)\nfork(7)\nfork(8)\nfork(9)\nfork(10)\n";
