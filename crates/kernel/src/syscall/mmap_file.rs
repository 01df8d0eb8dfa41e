//! `mmap(2)` of files: rights, offsets, and what the file system takes (Linux: the file's part of `do_mmap`).

use super::mmap::{MapType, MmapRequest};
use super::region_errno;
use crate::{Errno, MapFlags, Prot, Task};
use memtwin_mmu::file::{Backing, OpenMode};
use memtwin_mmu::{FileId, NewMapping, VmFlags};

/// Flags that MAP_SHARED and MAP_SHARED_VALIDATE have always taken (`LEGACY_MAP_MASK`).
const LEGACY_MAP_MASK: u64 = 0x7c07_f9f3;
/// The largest offset in a regular file (`MAX_LFS_FILESIZE`).
const MAX_LFS_FILESIZE: u64 = i64::MAX as u64;

impl Task<'_> {
    /// What a file allows of its mappings.
    pub(super) fn check_file(&self, ask: &mut MmapRequest, file: FileId) -> Result<(), Errno> {
        let machine = &self.kernel.machine;
        if ask.len > MAX_LFS_FILESIZE || ask.pgoff > (MAX_LFS_FILESIZE - ask.len) >> machine.page_shift() {
            return Err(Errno::EOVERFLOW);
        }
        let mode = machine.files.file(file).mode;
        let kind = MapType::of(ask.flags)?;
        if kind == MapType::SharedValidate {
            let sync = if self.is_on_disk(Some(file)) { MapFlags::SYNC.bits() } else { 0 };
            if ask.flags.bits() & !(LEGACY_MAP_MASK | sync) != 0 {
                return Err(Errno::EOPNOTSUPP);
            }
        }
        match kind {
            MapType::Shared | MapType::SharedValidate => {
                let writable = mode.contains(OpenMode::WRITE);
                if ask.prot.contains(Prot::WRITE) && !writable {
                    return Err(Errno::EACCES);
                }
                ask.vm_flags |= VmFlags::SHARED | VmFlags::MAYSHARE;
                if !writable {
                    ask.vm_flags -= VmFlags::MAYWRITE | VmFlags::SHARED;
                }
            }
            MapType::Private => {}
            MapType::Droppable => return Err(Errno::EINVAL),
        }
        if !mode.contains(OpenMode::READ) {
            return Err(Errno::EACCES);
        }
        if ask.vm_flags.contains(VmFlags::GROWSDOWN) {
            return Err(Errno::EINVAL);
        }
        Ok(())
    }

    /// The null device has no pages to map.
    pub(super) fn mmap_null(&mut self, ask: &MmapRequest) -> Result<u64, Errno> {
        let mut ask = *ask;
        self.mmap_place(&mut ask)?;
        match MapType::of(ask.flags)? {
            MapType::Droppable => Err(Errno::EINVAL),
            _ => Err(Errno::ENODEV),
        }
    }

    /// MAP_SYNC on a file system without DAX: Linux asks it only after what is in the way is gone.
    pub(super) fn refuse_sync(&mut self, new: &NewMapping) -> Result<u64, Errno> {
        self.kernel.machine.make_way(self.mm, new).map_err(region_errno)?;
        Err(Errno::EOPNOTSUPP)
    }

    pub(super) fn is_on_disk(&self, file: Option<FileId>) -> bool {
        let files = &self.kernel.machine.files;
        file.is_some_and(|file| files.inode(files.file(file).inode).backing == Backing::Ext4)
    }
}
