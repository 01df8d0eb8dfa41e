//! `mprotect(2)` (Linux: `do_mprotect_pkey` of mm/mprotect.c). Left out: protection keys, which the machine has not.

use super::{range, region_errno};
use crate::support::support_rows;
use crate::{Errno, Prot, Task};
use memtwin_mmu::VmFlags;

support_rows! {
    "mprotect";
    "" => AsLinux,
    "PROT_READ" => AsLinux,
    "PROT_WRITE" => AsLinux,
    "PROT_EXEC" => AsLinux,
    "PROT_NONE" => AsLinux,
    "PROT_SEM" => AsLinux,
    "PROT_GROWSDOWN" => AsLinux,
    "PROT_GROWSUP" => AsLinux,
    "protection keys" => Refused("a machine without them"),
}

impl Task<'_> {
    /// Changes the rights of `len` bytes, rounded up to pages, at `addr`. Mappings below one that refuses are changed.
    ///
    /// # Errors
    /// `EINVAL` for bits or an address that make no sense, or PROT_GROWSDOWN and PROT_GROWSUP where nothing grows; `ENOMEM` for
    /// a hole, a limit or no commit; `EACCES` for a right that a file does not allow; `EPERM` for a sealed mapping.
    pub fn mprotect(&mut self, addr: u64, len: u64, prot: u64) -> Result<(), Errno> {
        let prot = Prot::from_bits_retain(prot);
        let grows = prot & (Prot::GROWSDOWN | Prot::GROWSUP);
        if grows == Prot::GROWSDOWN | Prot::GROWSUP || !self.is_page_aligned(addr) {
            return Err(Errno::EINVAL);
        }
        if len == 0 {
            return Ok(());
        }
        let end = addr.wrapping_add(self.page_align(len));
        if end <= addr {
            return Err(Errno::ENOMEM);
        }
        if !(Prot::READ | Prot::WRITE | Prot::EXEC | Prot::SEM).contains(prot - grows) {
            return Err(Errno::EINVAL);
        }
        let (start, end) = range(addr, end);
        let machine = &mut self.kernel.machine;
        if grows == Prot::GROWSUP {
            return match machine.mm(self.mm).vmas.at(start) {
                Some(_) => Err(Errno::EINVAL),
                None => Err(Errno::ENOMEM),
            };
        }
        let down = grows == Prot::GROWSDOWN;
        machine.mprotect_range(self.mm, start, end, vm_prot(prot), down).map_err(region_errno)
    }
}

/// The rights of `prot` as a mapping's flags (Linux: `calc_vm_prot_bits`); other bits mean nothing.
pub(super) fn vm_prot(prot: Prot) -> VmFlags {
    VmFlags::from_bits_truncate(prot.bits() & VmFlags::ACCESS.bits())
}
