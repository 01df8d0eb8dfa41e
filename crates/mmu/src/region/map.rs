//! A new mapping (Linux: `mmap_region` of mm/vma.c).
//!
//! The order decides what stays behind when a limit refuses: cut what is in the way, check RLIMIT_AS and RLIMIT_DATA, charge,
//! remove what is in the way, merge or make.

use super::RegionError;
use crate::vma::Proposal;
use crate::{FileId, Machine, MmId, VirtAddr, VmFlags, VmaId};

/// A mapping to be made; its arguments are checked and its place is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewMapping {
    /// First byte; page aligned.
    pub start: VirtAddr,
    /// One past the last byte; page aligned.
    pub end: VirtAddr,
    /// Rights and treatment, without ACCOUNT.
    pub flags: VmFlags,
    /// Offset in the file, or of private memory its page number, in pages.
    pub pgoff: u64,
    /// The file behind it. Without one SHARED memory gets a tmpfs file of its own.
    pub file: Option<FileId>,
}

impl Machine {
    /// Maps it; what is in the way goes. Droppable memory is never locked, whatever MCL_FUTURE says.
    ///
    /// # Errors
    /// `NoMemory` over a limit or without commit. Mappings in the way are then cut at the ends of the range; if the memory for
    /// the tmpfs file could not be promised, they are gone.
    pub fn mmap_region(&mut self, mm: MmId, new: &NewMapping) -> Result<VmaId, RegionError> {
        let new = NewMapping { flags: self.make_way(mm, new)?, ..*new };
        let id = self.merge_or_make(mm, &new)?;
        let mut flags = new.flags;
        if flags.contains(VmFlags::DROPPABLE | VmFlags::LOCKED) {
            flags -= VmFlags::LOCKED | VmFlags::LOCKONFAULT;
            self.set_vma_flags(mm, id, flags);
        }
        self.account_vm(mm, flags, ((new.end - new.start) >> self.page_shift()) as i64);
        Ok(id)
    }

    /// Checks the limits, charges and unmaps what is in the way (Linux: `__mmap_prepare`): the flags with ACCOUNT if charged.
    ///
    /// # Errors
    /// As [`mmap_region`](Self::mmap_region).
    pub fn make_way(&mut self, mm: MmId, new: &NewMapping) -> Result<VmFlags, RegionError> {
        let gathered = self.gather_unmap(mm, new.start, new.end)?;
        let (old, accounted) = gathered.map_or((0, 0), |old| (old.pages, old.accounted_pages));
        let pages = (new.end - new.start) >> self.page_shift();
        if !self.may_expand_vm(mm, new.flags, pages - old) {
            return Err(RegionError::NoMemory);
        }
        let flags = self.charge_mapping(mm, new.flags, pages, accounted)?;
        if let Some(gathered) = gathered {
            self.complete_unmap(mm, &gathered, new.end);
        }
        Ok(flags)
    }

    /// Charges a private writable mapping of `pages` for what it has more than the `replaced` charged pages; gives back their
    /// charge otherwise.
    fn charge_mapping(
        &mut self,
        mm: MmId,
        flags: VmFlags,
        pages: u64,
        replaced: u64,
    ) -> Result<VmFlags, RegionError> {
        if !flags.is_accountable() {
            self.uncharge_commit(replaced);
            return Ok(flags);
        }
        let more = pages - replaced;
        if more != 0 && !self.charge_commit(mm, more) {
            return Err(RegionError::NoMemory);
        }
        Ok(flags | VmFlags::ACCOUNT)
    }

    /// References to the files of all mappings in a range; the caller gives them back.
    pub fn hold_files(&mut self, mm: MmId, start: VirtAddr, end: VirtAddr) -> Vec<FileId> {
        let vmas = self.mm(mm).vmas.iter().map(|(_, vma)| vma);
        let meant = vmas.filter(|vma| vma.start < end && vma.end > start);
        let files: Vec<FileId> = meant.filter_map(|vma| vma.file).collect();
        files.iter().for_each(|file| self.get_file(*file));
        files
    }

    fn merge_or_make(&mut self, mm: MmId, new: &NewMapping) -> Result<VmaId, RegionError> {
        let mut proposal = Proposal {
            start: new.start,
            end: new.end,
            flags: new.flags,
            pgoff: new.pgoff,
            file: new.file,
            anon_vma: None,
        };
        if new.file.is_none() && new.flags.contains(VmFlags::SHARED) {
            let file = self.shmem_zero(mm, new)?;
            proposal.file = Some(file);
            let id = self.insert_vma(mm, &proposal);
            self.fput(file);
            return Ok(id);
        }
        if let Some(merged) = self.vma_merge_new(mm, &proposal) {
            return Ok(merged);
        }
        Ok(self.insert_vma(mm, &proposal))
    }

    /// The tmpfs file behind shared anonymous memory, its size charged at once (Linux: `shmem_zero_setup`).
    fn shmem_zero(&mut self, mm: MmId, new: &NewMapping) -> Result<FileId, RegionError> {
        let len = new.end - new.start;
        let charged = if new.flags.contains(VmFlags::NORESERVE) { 0 } else { len >> self.page_shift() };
        if charged != 0 && !self.charge_commit(mm, charged) {
            return Err(RegionError::NoMemory);
        }
        let file = self.shmem_zero_setup(len);
        let inode = self.files.file(file).inode;
        self.files.inode_mut(inode).commit_pages = charged;
        Ok(file)
    }
}

impl VmFlags {
    /// Whether a mapping is charged: private, writable, not NORESERVE, not of pool pages (Linux: `accountable_mapping`).
    pub fn is_accountable(self) -> bool {
        let kinds = VmFlags::NORESERVE | VmFlags::SHARED | VmFlags::WRITE | VmFlags::HUGETLB;
        self & kinds == VmFlags::WRITE
    }
}
