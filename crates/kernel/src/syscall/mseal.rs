//! `mseal(2)` (Linux: `do_mseal` of mm/mseal.c).

use super::{range, region_errno};
use crate::support::support_rows;
use crate::{Errno, Task};

support_rows! {
    "mseal";
    "" => AsLinux,
}

impl Task<'_> {
    /// Seals `len` bytes, rounded up to pages, at `addr`: munmap, mprotect, mremap, MAP_FIXED and advice that discards answer `EPERM`.
    ///
    /// # Errors
    /// `EINVAL` for flags or a range that makes no sense, `ENOMEM` for a hole or too many mappings.
    pub fn mseal(&mut self, addr: u64, len: u64, flags: u64) -> Result<(), Errno> {
        let aligned = self.page_align(len);
        if flags != 0 || !self.is_page_aligned(addr) || (len != 0 && aligned == 0) {
            return Err(Errno::EINVAL);
        }
        let (start, end) = range(addr, addr.checked_add(aligned).ok_or(Errno::EINVAL)?);
        self.kernel.machine.seal_range(self.mm, start, end).map_err(region_errno)
    }
}
