//! Virtual memory areas: what a process has mapped, with what rights, backed by what (Linux: `mm/vma.c`, `mm/mmap.c`).

pub mod area;
pub mod flags;

pub use area::Vma;
pub use flags::VmFlags;
