//! `prctl(2)` with PR_SET_VMA_ANON_NAME: this kernel is built without names for anonymous mappings.

use crate::support::support_rows;
use crate::{Errno, Task};

support_rows! {
    "prctl";
    "" => Refused("ENOSYS but for names of mappings"),
    "PR_SET_VMA_ANON_NAME" => Refused("EINVAL, as without CONFIG_ANON_VMA_NAME"),
}

impl Task<'_> {
    /// Names an anonymous mapping.
    ///
    /// # Errors
    /// Always `EINVAL`, as of a kernel without CONFIG_ANON_VMA_NAME.
    pub fn prctl_set_vma_name(&mut self, addr: u64, len: u64, name: Option<&str>) -> Result<(), Errno> {
        let _ = (addr, len, name);
        Err(Errno::EINVAL)
    }
}
