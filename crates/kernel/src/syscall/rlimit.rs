//! `setrlimit(2)` and `getrlimit(2)` for the limits that memory obeys (Linux: `do_prlimit` of kernel/sys.c).

use crate::support::support_rows;
use crate::{Errno, Task};
use memtwin_mmu::{Limits, Rlimit};

support_rows! {
    "setrlimit";
    "" => AsLinux,
    "RLIMIT_AS" => AsLinux,
    "RLIMIT_DATA" => AsLinux,
    "RLIMIT_STACK" => AsLinux,
    "RLIMIT_MEMLOCK" => AsLinux,
    "RLIMIT_FSIZE" => Differs("EFBIG without SIGXFSZ, as where that is ignored"),
    "other limits" => Refused("ENOSYS"),
}

/// RLIMIT_FSIZE on x86-64.
pub const RLIMIT_FSIZE: u64 = 1;
/// RLIMIT_DATA on x86-64.
pub const RLIMIT_DATA: u64 = 2;
/// RLIMIT_STACK.
pub const RLIMIT_STACK: u64 = 3;
/// RLIMIT_MEMLOCK.
pub const RLIMIT_MEMLOCK: u64 = 8;
/// RLIMIT_AS.
pub const RLIMIT_AS: u64 = 9;
/// Limits there are (`RLIM_NLIMITS`).
const RLIM_NLIMITS: u64 = 16;

impl Task<'_> {
    /// Sets the soft limit of `resource` to `soft` bytes; the hard one stays.
    ///
    /// # Errors
    /// `EINVAL` for a number that is no limit's or a soft limit above the hard one; `ENOSYS` for a limit that is not modelled.
    pub fn setrlimit(&mut self, resource: u64, soft: u64) -> Result<(), Errno> {
        let limits = &mut self.kernel.machine.mm_mut(self.mm).limits;
        let limit = limit_of(limits, u64::from(resource as u32))?;
        if soft > limit.hard {
            return Err(Errno::EINVAL);
        }
        limit.soft = soft;
        Ok(())
    }

    /// The limits of `resource`, in bytes.
    ///
    /// # Errors
    /// `EINVAL` for a number that is no limit's; `ENOSYS` for a limit that is not modelled.
    pub fn getrlimit(&self, resource: u64) -> Result<Rlimit, Errno> {
        let mut limits = self.kernel.machine.mm(self.mm).limits;
        limit_of(&mut limits, u64::from(resource as u32)).copied()
    }
}

fn limit_of(limits: &mut Limits, resource: u64) -> Result<&mut Rlimit, Errno> {
    match resource {
        RLIMIT_FSIZE => Ok(&mut limits.file_size),
        RLIMIT_DATA => Ok(&mut limits.data),
        RLIMIT_STACK => Ok(&mut limits.stack),
        RLIMIT_MEMLOCK => Ok(&mut limits.memlock),
        RLIMIT_AS => Ok(&mut limits.address_space),
        RLIM_NLIMITS.. => Err(Errno::EINVAL),
        _ => Err(Errno::ENOSYS),
    }
}
