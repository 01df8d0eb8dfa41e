//! `munmap(2)` (Linux: `__vm_munmap` of mm/vma.c).

use super::region_errno;
use crate::support::support_rows;
use crate::{Errno, Task};

support_rows! {
    "munmap";
    "" => AsLinux,
}

impl Task<'_> {
    /// Unmaps `len` bytes, rounded up to pages, at `addr`. Holes are no error.
    ///
    /// # Errors
    /// `EINVAL` for an address that is not page aligned, no length, or a range outside user space; `ENOMEM` if a mapping would
    /// have to be cut in three with `max_map_count` reached; `EPERM` for a sealed one.
    pub fn munmap(&mut self, addr: u64, len: u64) -> Result<(), Errno> {
        self.kernel.machine.munmap_range(self.mm, addr, len).map_err(region_errno)
    }
}
