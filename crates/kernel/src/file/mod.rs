//! Files by name and by descriptor: the calls of `open(2)`, `pread(2)`, `ftruncate(2)` and their like.
//!
//! The pages are the machine's (`memtwin_mmu::file`). Left out: directories, permissions of files, offsets of open files (all
//! reads and writes name theirs), everything but regular files, memfd and the null device behind descriptors 0 to 2.

pub mod fd;
pub mod names;

pub use fd::{Fd, FdTable};
pub use names::Namespace;
