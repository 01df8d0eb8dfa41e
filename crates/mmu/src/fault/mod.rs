//! Page faults (Linux: `handle_mm_fault`).

use crate::{Access, AccessError, AccessErrorKind, Machine, MmId, VirtAddr};

impl Machine {
    /// Resolves the fault of an access at `addr` in `mm`, so that the access can be restarted.
    ///
    /// # Errors
    /// When it cannot be resolved.
    pub fn handle_page_fault(
        &mut self,
        _mm: MmId,
        addr: VirtAddr,
        _access: Access,
    ) -> Result<(), AccessError> {
        Err(AccessError::new(AccessErrorKind::MapErr, addr))
    }
}
