//! The commit charge: memory that was promised (`vm_committed_as`, `Documentation/mm/overcommit-accounting.rst`).
//!
//! Every private writable mapping without NORESERVE is charged (`VmFlags::ACCOUNT`), as is shared anonymous memory. Mode 0
//! refuses what one call alone cannot have, mode 1 nothing, mode 2 what exceeds the commit limit.
//!
//! Differs from Linux: the sum is exact, where Linux reads a per-CPU counter; and nothing else runs on the machine.

use crate::{Config, Machine, MmId};
use serde::{Deserialize, Serialize};

/// What the machine has promised.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// Pages charged (`Committed_AS`).
    pub pages: u64,
}

/// Most that is kept back for root in mode 2, in bytes (`sysctl_admin_reserve_kbytes`).
const ADMIN_RESERVE_BYTES: u64 = 8 << 20;
/// Most that is kept back for a user's recovery in mode 2, in bytes (`sysctl_user_reserve_kbytes`).
const USER_RESERVE_BYTES: u64 = 128 << 20;
/// The reserves are at most this part of memory.
const RESERVE_PART: u64 = 32;

impl Machine {
    /// Charges `pages` if the overcommit policy allows it (Linux: `__vm_enough_memory`, without CAP_SYS_ADMIN).
    pub fn charge_commit(&mut self, mm: MmId, pages: u64) -> bool {
        let allowed = match self.config.overcommit_memory {
            1 => true,
            2 => self.commit.pages.saturating_add(pages) < self.commit_room(mm),
            _ => pages <= (self.config.ram_bytes + self.config.swap_bytes) >> self.page_shift(),
        };
        if allowed {
            self.commit.pages = self.commit.pages.saturating_add(pages);
        }
        allowed
    }

    /// Takes back a charge (Linux: `vm_unacct_memory`).
    pub fn uncharge_commit(&mut self, pages: u64) {
        self.commit.pages = self.commit.pages.saturating_sub(pages);
    }

    /// The pages that all processes together may be promised in mode 2 when `mm` asks.
    fn commit_room(&self, mm: MmId) -> u64 {
        let shift = self.page_shift();
        let ram = self.config.ram_bytes;
        let admin = ADMIN_RESERVE_BYTES.min(ram / RESERVE_PART) >> shift;
        let user = USER_RESERVE_BYTES.min(ram / RESERVE_PART) >> shift;
        let own = self.mm(mm).stats.total_vm_pages / RESERVE_PART;
        self.commit_limit_pages().saturating_sub(admin).saturating_sub(own.min(user))
    }

    /// The commit limit in pages (`CommitLimit` of /proc/meminfo, Linux: `vm_commit_limit`).
    pub fn commit_limit_pages(&self) -> u64 {
        let Config { ram_bytes, swap_bytes, overcommit_ratio, .. } = self.config;
        let shift = self.page_shift();
        (ram_bytes >> shift) * u64::from(overcommit_ratio) / 100 + (swap_bytes >> shift)
    }
}
