//! Writing out what a shared mapping changed (Linux: the call `msync` of mm/msync.c).

use super::RegionError;
use crate::{Machine, MmId, VirtAddr, VmFlags, Vma};

/// What msync is to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Msync {
    /// MS_SYNC: write the pages out.
    pub write: bool,
    /// MS_INVALIDATE: refuse locked mappings.
    pub invalidate: bool,
    /// MS_ASYNC and nothing else: do nothing, and end at the first hole.
    pub only_async: bool,
}

impl Machine {
    /// Walks the mappings of `start..end` (page aligned, not empty).
    ///
    /// # Errors
    /// `NoMemory` if there is a hole (with what lies behind it done all the same), `Busy` at a locked mapping that was to be
    /// invalidated, `Io` after a write that failed.
    pub fn msync_range(
        &mut self,
        mm: MmId,
        start: VirtAddr,
        end: VirtAddr,
        sync: Msync,
    ) -> Result<(), RegionError> {
        let mut at = start;
        let mut holes = false;
        while at < end {
            let id = self.mm(mm).vmas.find(at).ok_or(RegionError::NoMemory)?;
            let vma = *self.mm(mm).vmas.get(id);
            if at < vma.start {
                if sync.only_async || vma.start >= end {
                    return Err(RegionError::NoMemory);
                }
                holes = true;
                at = vma.start;
            }
            if sync.invalidate && vma.flags.contains(VmFlags::LOCKED) {
                return Err(RegionError::Busy);
            }
            if sync.write {
                self.sync_part(&vma, at, end.min(vma.end))?;
            }
            at = vma.end;
        }
        if holes { Err(RegionError::NoMemory) } else { Ok(()) }
    }

    /// Writes out the pages behind a part of a shared mapping; tmpfs has nowhere to write to.
    fn sync_part(&mut self, vma: &Vma, start: VirtAddr, end: VirtAddr) -> Result<(), RegionError> {
        let shared = vma.flags.contains(VmFlags::SHARED);
        let (Some(inode), Some(file), true) = (vma.inode, vma.file, shared) else { return Ok(()) };
        let shift = self.page_shift();
        let first = vma.page_index(start, shift);
        self.fdatasync_range(inode, first, first + ((end - start) >> shift));
        self.check_write_errors(file).map_err(|_| RegionError::Io)
    }
}
