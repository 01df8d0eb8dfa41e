//! `prctl(2)` with PR_SET_VMA_ANON_NAME: this kernel is built without names for anonymous mappings.

use crate::{Errno, Task};

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
