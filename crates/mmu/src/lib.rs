//! # memtwin-mmu: one machine's memory
//!
//! Addresses, page tables, TLBs, frames, VMAs, page faults, the page cache, reverse mapping and the counters of a machine.
//! Knows no pid, errno or file name: those are `memtwin-kernel`'s.
//!
//! A [`Machine`] owns everything in vectors and maps keyed by ids, so it is `Clone + Send`: a checkpoint is a clone.
//!
//! ```text
//!  load, store, fetch at an address                              access/
//!    |
//!    v           hit
//!  TLB ------------------------------------------> frame         tlb/, phys/
//!    | miss
//!    v                               present
//!  page walk: PML4 -> PDPT -> PD -> PT -----------> TLB           paging/, walk.rs
//!    | no entry, or not this right
//!    v           none, or not this right
//!  VMA --------------------------------> AccessError: a signal    vma/
//!    |
//!    +-- anonymous   zero page for a read, a frame for a write    fault/
//!    +-- file        page cache, readahead, fault-around          file/
//!    +-- shared and written   copy-on-write, or taken over        fault/cow.rs
//!    +-- swapped out          read back, with its neighbours      swap/
//!    |
//!    v
//!  a frame: zones and watermarks                                  phys/
//!    | low: kswapd wakes        min: the program reclaims         reclaim/
//!    v
//!  LRU lists, or a policy -> unmap by rmap -> write, free         reclaim/, rmap/, policy/
//!    | nothing left
//!    v
//!  the OOM choice                                                 reclaim/oom.rs
//! ```
//!
//! Each fault is entered in the [`ledger`] once, with its cause, its owner, its call and its mapping. What all this counts is exact;
//! [`cost`] puts prices on the counts afterwards.
//!
//! ```
//! use memtwin_mmu::policy::{PolicyKind, run};
//!
//! // A replacement policy without a machine: Belady's anomaly.
//! let string = [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5];
//! assert_eq!(run(PolicyKind::Fifo, 3, 0, &string).misses, 9);
//! assert_eq!(run(PolicyKind::Fifo, 4, 0, &string).misses, 10);
//! ```

pub mod access;
mod account;
pub mod addr;
mod buddyinfo;
pub mod census;
pub mod check;
pub mod clock;
pub mod config;
pub mod cost;
pub mod device_faults;
mod fault;
pub mod file;
mod fork;
mod free_tables;
pub mod hashed;
mod high_water;
mod huge;
mod hugetlb;
pub mod ids;
pub mod ledger;
pub mod lifetime;
pub mod limits;
pub mod machine;
mod madvise;
mod mark;
mod mlock;
pub mod mm;
mod move_tables;
pub mod paging;
pub mod phys;
mod pieces;
pub mod policy;
mod populate;
mod protect;
pub mod psi;
pub mod reclaim;
pub mod region;
mod rmap;
pub mod segment;
pub mod smaps;
pub mod swap;
pub mod tlb;
mod unmap_mapping;
pub mod view;
pub mod vma;
pub mod vmstat;
mod walk;
mod zap;

pub use access::{Access, AccessError, AccessErrorKind};
pub use addr::{Pfn, VirtAddr};
pub use buddyinfo::{FreeArea, MigrateType};
pub use check::CheckError;
pub use clock::Clock;
pub use config::Config;
pub use device_faults::{DeviceFaults, DeviceOp};
pub use file::{Backing, File, FileFault, Files, Inode, OpenMode};
pub use high_water::HighWater;
pub use huge::{PageSizes, ThpDefrag, ThpEnabled};
pub use hugetlb::{PoolCounts, PoolEmpty, PoolShort};
pub use ids::{AnonVmaId, FileId, InodeId, MmId, VmaId};
pub use ledger::{FaultCause, Ledger, MappingKind, Owner};
pub use limits::{Limits, RLIM_INFINITY, Rlimit};
pub use machine::Machine;
pub use mm::{Mm, MmStats};
pub use paging::{Pte, PteFlags};
pub use psi::Psi;
pub use reclaim::{PolicySees, ReclaimKind, StatsRefresh};
pub use region::{Advice, Commit, MremapRequest, Msync, NewMapping, Placement, RegionError};
pub use swap::{SwapDevice, SwapId, SwapSetup};
pub use tlb::{FlushOwed, Tlb, TlbConfig, TlbStats};
pub use vma::{AnonVmas, Branched, IMmap, RmapMember, UnmappedAreaInfo, VmFlags, Vma, VmaTree};
pub use vmstat::VmStat;
