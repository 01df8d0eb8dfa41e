//! **memtwin** is a twin of Linux memory: the MMU, the kernel's memory manager and the C library's malloc, as plain
//! deterministic Rust.

pub use memtwin_alloc as alloc;
pub use memtwin_kernel as kernel;
pub use memtwin_mmu as mmu;
pub use memtwin_workload as workload;
