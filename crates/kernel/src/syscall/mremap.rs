//! `mremap(2)` (Linux 6.17 and later: `do_mremap` of mm/mremap.c).

use super::region_errno;
use crate::support::support_rows;
use crate::{Errno, MremapFlags, Task};
use memtwin_mmu::MremapRequest;

support_rows! {
    "mremap";
    "" => AsLinux,
    "MREMAP_MAYMOVE" => AsLinux,
    "MREMAP_FIXED" => AsLinux,
    "MREMAP_DONTUNMAP" => AsLinux,
    "several mappings" => AsLinux,
}

impl Task<'_> {
    /// Resizes or moves `old_len` bytes at `addr` to `new_len` bytes, perhaps at `new_addr`; the address.
    ///
    /// # Errors
    /// `EINVAL` for arguments that make no sense, `EFAULT` where no mapping, or not one mapping, is, `ENOMEM` over a limit or without
    /// room, `EAGAIN` over RLIMIT_MEMLOCK, `EPERM` for a place below `mmap_min_addr` or a sealed mapping. With MREMAP_FIXED the new place may be unmapped
    /// by then, and of several mappings the first ones moved.
    pub fn mremap(
        &mut self,
        addr: u64,
        old_len: u64,
        new_len: u64,
        flags: u64,
        new_addr: u64,
    ) -> Result<u64, Errno> {
        let flags = MremapFlags::from_bits_retain(flags);
        if !(MremapFlags::MAYMOVE | MremapFlags::FIXED | MremapFlags::DONTUNMAP).contains(flags) {
            return Err(Errno::EINVAL);
        }
        let ask = MremapRequest {
            addr,
            old_len,
            new_len,
            may_move: flags.contains(MremapFlags::MAYMOVE),
            fixed: flags.contains(MremapFlags::FIXED),
            dont_unmap: flags.contains(MremapFlags::DONTUNMAP),
            new_addr,
        };
        self.kernel.machine.do_mremap(self.mm, &ask).map_err(region_errno)
    }
}
