//! One mapping (Linux: `struct vm_area_struct`).

use super::VmFlags;
use crate::ids::{AnonVmaId, FileId, InodeId};
use crate::{PteFlags, VirtAddr};
use serde::{Deserialize, Serialize};

/// A range of an address space with one set of rights and one backing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vma {
    /// First byte; page aligned.
    pub start: VirtAddr,
    /// One past the last byte; page aligned.
    pub end: VirtAddr,
    /// Rights and treatment.
    pub flags: VmFlags,
    /// Offset of `start` in its backing, in pages; of private anonymous memory the page number where it was first mapped.
    pub pgoff: u64,
    /// The open file behind it; also of shared anonymous memory (a tmpfs file without a name). None: private anonymous.
    pub file: Option<FileId>,
    /// The pages behind `file`.
    pub inode: Option<InodeId>,
    /// The family of its anonymous pages, from the first write fault (`anon_vma_prepare`).
    pub anon_vma: Option<AnonVmaId>,
    /// Which chain of families it belongs to (itself and its ancestors over forks); 0: none. Owned by `vma::anon`.
    pub chain: u32,
    /// log2 of the base page size in bytes.
    pub page_shift: u8,
    /// What a page of it gets in its PTE (Linux: `vm_page_prot`); without WRITABLE where a store must fault first.
    pub page_prot: PteFlags,
}

impl Vma {
    /// An anonymous mapping of `start..end` without rights whose `pgoff` is its page number, as for all private anonymous memory.
    pub fn new(start: VirtAddr, end: VirtAddr, page_shift: u32) -> Vma {
        Vma {
            start,
            end,
            flags: VmFlags::empty(),
            pgoff: start.get() >> page_shift,
            file: None,
            inode: None,
            anon_vma: None,
            chain: 0,
            page_shift: page_shift as u8,
            page_prot: PteFlags::empty(),
        }
    }

    /// Its length in bytes.
    pub fn len_bytes(&self) -> u64 {
        self.end - self.start
    }

    /// Its length in pages.
    pub fn pages(&self) -> u64 {
        self.len_bytes() >> self.page_shift
    }

    /// Whether `addr` is in it.
    pub fn contains(&self, addr: VirtAddr) -> bool {
        self.start <= addr && addr < self.end
    }

    /// Private anonymous memory (Linux: `vma_is_anonymous`).
    pub fn is_anonymous(&self) -> bool {
        self.file.is_none()
    }

    /// The page offset in its backing of `addr`, which is in it (Linux: `linear_page_index`).
    pub fn page_index(&self, addr: VirtAddr, page_shift: u32) -> u64 {
        self.pgoff + ((addr - self.start) >> page_shift)
    }
}
