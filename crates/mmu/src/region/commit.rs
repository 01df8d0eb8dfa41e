//! The commit charge: memory that was promised (`vm_committed_as`, `Documentation/mm/overcommit-accounting.rst`).
//!
//! Every private writable mapping without NORESERVE is charged (`VmFlags::ACCOUNT`), as is shared anonymous memory. Mode 0
//! refuses what one call alone cannot have, mode 1 nothing, mode 2 what exceeds the commit limit.
//!
//! Differs from Linux: the sum is exact, where Linux reads a per-CPU counter; and nothing else runs on the machine.

use crate::{Machine, MmId};
use serde::{Deserialize, Serialize};

/// What the machine has promised.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// Pages charged (`Committed_AS`).
    pub pages: u64,
}

/// Most that is kept back for root in mode 2 unless configured, in kB (Linux: `init_admin_reserve`).
const ADMIN_RESERVE_KB: u64 = 8 << 10;
/// Most that is kept back for a user's recovery in mode 2 unless configured, in kB (Linux: `init_user_reserve`).
const USER_RESERVE_KB: u64 = 128 << 10;
/// The reserves are at most this part of memory, the second at most this part of who asks.
const RESERVE_PART: u64 = 32;

impl Machine {
    /// Charges `pages` if the overcommit policy allows it (Linux: `__vm_enough_memory`).
    pub fn charge_commit(&mut self, mm: MmId, pages: u64) -> bool {
        let allowed = self.may_commit(mm, pages);
        if allowed {
            self.commit.pages = self.commit.pages.saturating_add(pages);
        }
        allowed
    }

    fn may_commit(&self, mm: MmId, pages: u64) -> bool {
        match self.most_promised() {
            Some(most) => pages <= most,
            None => self.commit.pages.saturating_add(pages) < self.commit_room(mm),
        }
    }

    /// The most pages that are promised at once; None where it depends on all that was promised before.
    #[inline(always)]
    pub(super) fn most_promised(&self) -> Option<u64> {
        match self.config.overcommit_memory {
            1 => Some(u64::MAX),
            2 => None,
            _ => Some(self.total_pages()),
        }
    }

    /// Takes back a charge (Linux: `vm_unacct_memory`).
    pub fn uncharge_commit(&mut self, pages: u64) {
        self.commit.pages = self.commit.pages.saturating_sub(pages);
    }

    /// Memory and swap in pages (`MemTotal` + `SwapTotal`).
    #[inline]
    pub fn total_pages(&self) -> u64 {
        u64::from(self.phys.total()) + u64::from(self.swap.total())
    }

    /// The pages that all processes together may be promised in mode 2 when `mm` asks: root all, others less the reserves.
    fn commit_room(&self, mm: MmId) -> u64 {
        let to_pages = self.page_shift() - 10;
        let admin = if self.config.privileged { 0 } else { self.admin_reserve_kbytes() >> to_pages };
        let own = self.mm(mm).stats.total_vm_pages / RESERVE_PART;
        let user = own.min(self.user_reserve_kbytes() >> to_pages);
        self.commit_limit_pages().saturating_sub(admin).saturating_sub(user)
    }

    /// `vm.admin_reserve_kbytes`.
    pub fn admin_reserve_kbytes(&self) -> u64 {
        let most = ADMIN_RESERVE_KB.min((self.config.ram_bytes >> 10) / RESERVE_PART);
        self.config.admin_reserve_kbytes.unwrap_or(most)
    }

    /// `vm.user_reserve_kbytes`.
    pub fn user_reserve_kbytes(&self) -> u64 {
        let most = USER_RESERVE_KB.min((self.config.ram_bytes >> 10) / RESERVE_PART);
        self.config.user_reserve_kbytes.unwrap_or(most)
    }

    /// The commit limit in pages (`CommitLimit` of /proc/meminfo, Linux: `vm_commit_limit`).
    pub fn commit_limit_pages(&self) -> u64 {
        let ram = match self.config.overcommit_kbytes {
            0 => u64::from(self.phys.total()) * u64::from(self.config.overcommit_ratio) / 100,
            kbytes => kbytes >> (self.page_shift() - 10),
        };
        ram + u64::from(self.swap.total())
    }
}
