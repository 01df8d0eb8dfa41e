//! `brk(2)`, the raw call, and the C library's `sbrk(3)` over it.

use crate::support::support_rows;
use crate::{Errno, Task};

support_rows! {
    "brk";
    "" => AsLinux,
}

impl Task<'_> {
    /// Moves the break to `addr`; the break there is afterwards. The kernel never answers an errno: a refused break is one
    /// that did not move.
    pub fn brk(&mut self, addr: u64) -> u64 {
        self.kernel.machine.set_brk(self.mm, addr)
    }

    /// Moves the break by `increment`; the break there was before.
    ///
    /// # Errors
    /// `ENOMEM` if it does not get there.
    pub fn sbrk(&mut self, increment: i64) -> Result<u64, Errno> {
        let old = self.kernel.machine.mm(self.mm).brk;
        if increment == 0 {
            return Ok(old);
        }
        let wanted = old.checked_add_signed(increment).ok_or(Errno::ENOMEM)?;
        if self.brk(wanted) < wanted { Err(Errno::ENOMEM) } else { Ok(old) }
    }
}
