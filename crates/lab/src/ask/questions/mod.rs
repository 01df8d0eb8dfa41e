//! The questions, a file each, in the order in which they are listed.

mod arenas;
mod brk_or_mmap;
mod first_frame;
mod fork_cow;
mod freed_not_returned;
mod heap_hole;
mod huge_pages;
mod malloc_one;
mod mmap_for_all;
mod mmap_or_read;
mod overcommit;
mod shared_memory;
mod thrashing;
mod trim_threshold;

use super::Experiment;

/// All experiments.
pub const EXPERIMENTS: &[&Experiment] = &[
    &brk_or_mmap::EXPERIMENT,
    &malloc_one::EXPERIMENT,
    &freed_not_returned::EXPERIMENT,
    &heap_hole::EXPERIMENT,
    &mmap_for_all::EXPERIMENT,
    &first_frame::EXPERIMENT,
    &fork_cow::EXPERIMENT,
    &mmap_or_read::EXPERIMENT,
    &shared_memory::EXPERIMENT,
    &overcommit::EXPERIMENT,
    &thrashing::EXPERIMENT,
    &trim_threshold::EXPERIMENT,
    &arenas::EXPERIMENT,
    &huge_pages::EXPERIMENT,
];
