//! Virtual memory areas: what a process has mapped, with what rights, backed by what (Linux: `mm/vma.c`, `mm/mmap.c`).
//!
//! [`tree`] holds the mappings of an address space in order. [`change`] makes, splits and removes single ones; [`merge`] says
//! which may be one, [`merge_new`] and [`merge_existing`] make them one. [`anon`] and [`i_mmap`] say which mappings show a page,
//! [`family`] how mappings come by their families of pages.

pub mod account;
pub mod anon;
pub mod area;
mod branched;
pub mod change;
pub mod check;
pub mod copy;
pub mod dup;
pub mod family;
pub mod flags;
pub mod i_mmap;
mod interval;
pub mod merge;
pub mod merge_existing;
pub mod merge_new;
pub mod prot;
pub mod stack;
pub mod tree;
pub mod unmapped_area;
pub mod view;

#[cfg(test)]
mod proptests;
#[cfg(test)]
mod tests;

pub use anon::{AnonVma, AnonVmas};
pub use area::Vma;
pub use branched::Branched;
pub use check::VmaCheckError;
pub use flags::VmFlags;
pub use i_mmap::IMmap;
pub use interval::RmapMember;
pub use merge::Proposal;
pub use stack::{ExpandError, LSM_MMAP_MIN_ADDR};
pub use tree::VmaTree;
pub use unmapped_area::{STACK_GUARD_GAP_PAGES, UnmappedAreaInfo};

/// A split would exceed `vm.max_map_count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the process has as many mappings as vm.max_map_count allows")]
pub struct TooManyMappings;
