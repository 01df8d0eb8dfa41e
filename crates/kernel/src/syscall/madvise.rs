//! `madvise(2)` (Linux: `do_madvise` of mm/madvise.c).
//!
//! MADV_HWPOISON and MADV_SOFT_OFFLINE are unknown advice, as to a kernel without CONFIG_MEMORY_FAILURE.

use super::{range, region_errno};
use crate::support::support_rows;
use crate::{Errno, Task};
use memtwin_mmu::Advice;

support_rows! {
    "madvise";
    "" => AsLinux,
    "MADV_NORMAL" => AsLinux,
    "MADV_RANDOM" => AsLinux,
    "MADV_SEQUENTIAL" => AsLinux,
    "MADV_WILLNEED" => AsLinux,
    "MADV_DONTNEED" => AsLinux,
    "MADV_DONTNEED_LOCKED" => AsLinux,
    "MADV_FREE" => AsLinux,
    "MADV_REMOVE" => AsLinux,
    "MADV_DONTFORK" => AsLinux,
    "MADV_DOFORK" => AsLinux,
    "MADV_MERGEABLE" => Differs("sets the flag; nothing merges pages"),
    "MADV_UNMERGEABLE" => AsLinux,
    "MADV_HUGEPAGE" => AsLinux,
    "MADV_NOHUGEPAGE" => AsLinux,
    "MADV_DONTDUMP" => AsLinux,
    "MADV_DODUMP" => AsLinux,
    "MADV_WIPEONFORK" => AsLinux,
    "MADV_KEEPONFORK" => AsLinux,
    "MADV_COLD" => AsLinux,
    "MADV_PAGEOUT" => AsLinux,
    "MADV_POPULATE_READ" => AsLinux,
    "MADV_POPULATE_WRITE" => AsLinux,
    "MADV_COLLAPSE" => AsLinux,
    "MADV_GUARD_INSTALL" => AsLinux,
    "MADV_GUARD_REMOVE" => AsLinux,
    "MADV_HWPOISON" => Refused("EINVAL, as without CONFIG_MEMORY_FAILURE"),
    "MADV_SOFT_OFFLINE" => Refused("EINVAL, as without CONFIG_MEMORY_FAILURE"),
}

/// MADV_POPULATE_READ.
const POPULATE_READ: i32 = 22;
/// MADV_POPULATE_WRITE.
const POPULATE_WRITE: i32 = 23;

impl Task<'_> {
    /// Advises about `len` bytes, rounded up to pages, at `addr`. Of `advice` only the lower 32 bits count.
    ///
    /// # Errors
    /// `EINVAL` for advice that is unknown or that a mapping does not take, or a range that makes no sense; `ENOMEM` for a hole (the
    /// rest is advised all the same, but for the two that populate); `EACCES`, `EAGAIN`, `EFAULT`, `EBUSY` and `EPERM` as the advice goes.
    pub fn madvise(&mut self, addr: u64, len: u64, advice: u64) -> Result<(), Errno> {
        let number = advice as i32;
        let known = advice_of(number);
        if known.is_none() && number != POPULATE_READ && number != POPULATE_WRITE {
            return Err(Errno::EINVAL);
        }
        let aligned = self.page_align(len);
        if !self.is_page_aligned(addr) || (len != 0 && aligned == 0) {
            return Err(Errno::EINVAL);
        }
        let end = addr.checked_add(aligned).ok_or(Errno::EINVAL)?;
        if end == addr {
            return Ok(());
        }
        let (start, end) = range(addr, end);
        let machine = &mut self.kernel.machine;
        let done = match known {
            Some(advice) => machine.madvise_range(self.mm, start, end, advice),
            None => machine.madvise_populate(self.mm, start, end, number == POPULATE_WRITE),
        };
        done.map_err(region_errno)
    }
}

/// The advice with this number on x86-64.
fn advice_of(number: i32) -> Option<Advice> {
    Some(match number {
        0 => Advice::Normal,
        1 => Advice::Random,
        2 => Advice::Sequential,
        3 => Advice::WillNeed,
        4 => Advice::DontNeed,
        8 => Advice::Free,
        9 => Advice::Remove,
        10 => Advice::DontFork,
        11 => Advice::DoFork,
        12 => Advice::Mergeable,
        13 => Advice::Unmergeable,
        14 => Advice::HugePage,
        15 => Advice::NoHugePage,
        16 => Advice::DontDump,
        17 => Advice::DoDump,
        18 => Advice::WipeOnFork,
        19 => Advice::KeepOnFork,
        20 => Advice::Cold,
        21 => Advice::PageOut,
        24 => Advice::DontNeedLocked,
        25 => Advice::Collapse,
        102 => Advice::GuardInstall,
        103 => Advice::GuardRemove,
        _ => return None,
    })
}
