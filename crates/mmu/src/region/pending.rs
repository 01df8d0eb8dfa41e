//! Stand-ins for page work that is about to land: delete what `zap.rs`, `protect.rs`, … define.

use super::RegionError;
use crate::{Machine, MmId, VirtAddr, VmaId};

impl Machine {
    pub(crate) fn mlock_vma_pages(&mut self, _mm: MmId, _id: VmaId, _start: VirtAddr, _end: VirtAddr) {}
    pub(crate) fn madvise_dontneed(
        &mut self,
        _mm: MmId,
        _id: VmaId,
        _start: VirtAddr,
        _end: VirtAddr,
    ) -> Result<(), RegionError> {
        Ok(())
    }
    pub(crate) fn madvise_free(
        &mut self,
        _mm: MmId,
        _id: VmaId,
        _start: VirtAddr,
        _end: VirtAddr,
    ) -> Result<(), RegionError> {
        Ok(())
    }
    pub(crate) fn madvise_cold(
        &mut self,
        _mm: MmId,
        _id: VmaId,
        _start: VirtAddr,
        _end: VirtAddr,
    ) -> Result<(), RegionError> {
        Ok(())
    }
    pub(crate) fn madvise_pageout(
        &mut self,
        _mm: MmId,
        _id: VmaId,
        _start: VirtAddr,
        _end: VirtAddr,
    ) -> Result<(), RegionError> {
        Ok(())
    }
    pub(crate) fn madvise_collapse(
        &mut self,
        _mm: MmId,
        _id: VmaId,
        _start: VirtAddr,
        _end: VirtAddr,
    ) -> Result<(), RegionError> {
        Ok(())
    }
    pub(crate) fn madvise_guard_install(
        &mut self,
        _mm: MmId,
        _id: VmaId,
        _start: VirtAddr,
        _end: VirtAddr,
    ) -> Result<(), RegionError> {
        Ok(())
    }
    pub(crate) fn madvise_guard_remove(
        &mut self,
        _mm: MmId,
        _id: VmaId,
        _start: VirtAddr,
        _end: VirtAddr,
    ) -> Result<(), RegionError> {
        Ok(())
    }
}
