//! Virtual memory areas: what a process has mapped, with what rights, backed by what (Linux: `mm/vma.c`, `mm/mmap.c`).

pub mod anon;
pub mod area;
pub mod flags;
pub mod i_mmap;
mod interval;
pub mod tree;
pub mod unmapped_area;

pub use anon::{AnonVma, AnonVmas};
pub use area::Vma;
pub use flags::VmFlags;
pub use i_mmap::IMmap;
pub use interval::RmapMember;
pub use tree::VmaTree;
pub use unmapped_area::{STACK_GUARD_GAP_BYTES, UnmappedAreaInfo};
