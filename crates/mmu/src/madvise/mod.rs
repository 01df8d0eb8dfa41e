//! Advice that is work on pages (Linux: `mm/madvise.c`). The ranges lie in one mapping each; which mappings take which advice is
//! checked by `region::advise_pages`; what is the file's matter (MADV_REMOVE, MADV_WILLNEED) is in `file::advise`.

mod cold;
mod free;
mod guard;
mod pageout;
mod whole;

use crate::region::RegionError;
use crate::zap::ZapDetails;
use crate::{Machine, MmId, VirtAddr, VmaId};

impl Machine {
    /// MADV_DONTNEED: the pages go, guard markers stay, and tables whose whole range is meant go too.
    pub(crate) fn madvise_dontneed(
        &mut self,
        mm: MmId,
        id: VmaId,
        start: VirtAddr,
        end: VirtAddr,
    ) -> Result<(), RegionError> {
        let vma = *self.mm(mm).vmas.get(id);
        self.zap(mm, &vma, start, end, ZapDetails::DONTNEED);
        Ok(())
    }
}
