//! `msync(2)` (Linux: mm/msync.c).

use super::{range, region_errno};
use crate::support::support_rows;
use crate::{Errno, Task};
use memtwin_mmu::Msync;

support_rows! {
    "msync";
    "" => AsLinux,
    "MS_ASYNC" => AsLinux,
    "MS_SYNC" => AsLinux,
    "MS_INVALIDATE" => AsLinux,
}

/// MS_ASYNC: without effect, as Linux writes out by itself.
const MS_ASYNC: u64 = 1;
/// MS_INVALIDATE: only checks that nothing is locked.
const MS_INVALIDATE: u64 = 2;
/// MS_SYNC: writes out now.
const MS_SYNC: u64 = 4;

impl Task<'_> {
    /// Writes out what shared mappings of files changed in `len` bytes, rounded up to pages, at `addr`.
    ///
    /// # Errors
    /// `EINVAL` for flags or an address that make no sense, `ENOMEM` for a hole (the rest is written all the same) or a range that
    /// wraps, `EBUSY` with MS_INVALIDATE at a locked mapping, `EIO` once after a write that failed.
    pub fn msync(&mut self, addr: u64, len: u64, flags: u64) -> Result<(), Errno> {
        let flags = u64::from(flags as u32);
        let both = MS_ASYNC | MS_SYNC;
        if flags & !(both | MS_INVALIDATE) != 0 || !self.is_page_aligned(addr) || flags & both == both {
            return Err(Errno::EINVAL);
        }
        let end = addr.checked_add(self.page_align(len)).ok_or(Errno::ENOMEM)?;
        if end == addr {
            return Ok(());
        }
        let (start, end) = range(addr, end);
        let sync = Msync {
            write: flags & MS_SYNC != 0,
            invalidate: flags & MS_INVALIDATE != 0,
            only_async: flags == MS_ASYNC,
        };
        self.kernel.machine.msync_range(self.mm, start, end, sync).map_err(region_errno)
    }
}
