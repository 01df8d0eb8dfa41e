//! The resource limits that memory obeys (`setrlimit(2)`; Linux: `signal->rlim`, here with the address space).
//!
//! Left out: limits on what the machine does not have (processor time, locks, …).

use serde::{Deserialize, Serialize};

/// No limit (`RLIM_INFINITY`).
pub const RLIM_INFINITY: u64 = u64::MAX;

/// One resource's limits, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rlimit {
    /// The limit in force (`rlim_cur`).
    pub soft: u64,
    /// What the soft limit may be raised to (`rlim_max`).
    pub hard: u64,
}

impl Rlimit {
    /// No limit at all.
    pub const NONE: Rlimit = Rlimit { soft: RLIM_INFINITY, hard: RLIM_INFINITY };

    /// Both limits at `bytes`.
    pub const fn both(bytes: u64) -> Rlimit {
        Rlimit { soft: bytes, hard: bytes }
    }
}

/// A process's memory limits, in bytes. A child begins with its parent's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// RLIMIT_AS: mapped bytes.
    pub address_space: Rlimit,
    /// RLIMIT_DATA: private writable bytes, and how far the break may go.
    pub data: Rlimit,
    /// RLIMIT_STACK: the size a growing mapping may reach.
    pub stack: Rlimit,
    /// RLIMIT_MEMLOCK: locked bytes.
    pub memlock: Rlimit,
    /// RLIMIT_FSIZE: the size that a file may be given.
    pub file_size: Rlimit,
    /// Whether `memlock` does not count (CAP_IPC_LOCK).
    pub ipc_lock: bool,
}

impl Limits {
    /// The bytes that may be locked.
    pub const fn lockable_bytes(&self) -> u64 {
        if self.ipc_lock { RLIM_INFINITY } else { self.memlock.soft }
    }
}

impl Default for Limits {
    /// Those a process of `scenario.md` starts with: a stack of 8 MiB, 8 MiB locked.
    fn default() -> Limits {
        const MIB: u64 = 1 << 20;
        Limits {
            address_space: Rlimit::NONE,
            data: Rlimit::NONE,
            stack: Rlimit { soft: 8 * MIB, hard: RLIM_INFINITY },
            memlock: Rlimit::both(8 * MIB),
            file_size: Rlimit::NONE,
            ipc_lock: false,
        }
    }
}
