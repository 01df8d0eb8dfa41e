//! `mincore(2)` (Linux: mm/mincore.c). The vector is the answer, not user memory.

use super::{range, region_errno};
use crate::support::support_rows;
use crate::{Errno, Task};

support_rows! {
    "mincore";
    "" => Differs("the vector is the answer, not user memory"),
}

impl Task<'_> {
    /// For each page that `len` bytes at `addr` begin in, whether it is in memory.
    ///
    /// # Errors
    /// `EINVAL` for an address that is not page aligned, `ENOMEM` for a hole or beyond user space.
    pub fn mincore(&self, addr: u64, len: u64) -> Result<Vec<bool>, Errno> {
        if !self.is_page_aligned(addr) {
            return Err(Errno::EINVAL);
        }
        let machine = &self.kernel.machine;
        let within = addr.checked_add(len).filter(|end| *end <= machine.task_size());
        within.ok_or(Errno::ENOMEM)?;
        let (start, end) = range(addr, addr + self.page_align(len));
        machine.mincore_range(self.mm, start, end).map_err(region_errno)
    }
}
