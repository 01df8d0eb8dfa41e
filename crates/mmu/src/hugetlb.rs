//! Huge pages from a pool: MAP_HUGETLB and hugetlbfs (Linux: `mm/hugetlb.c`, `fs/hugetlbfs/inode.c`).
//!
//! A pool a size (2 MiB, 1 GiB) holds pages that were set aside at boot or when asked for. All of it that is mapped is files' (that of
//! MAP_ANONYMOUS is a nameless file of its own). A shared mapping reserves for its file what this does not have yet, and file keeps
//! pages and promises when the mapping is gone; a private one reserves for itself as many as it is long, to copy what it writes to. Who
//! reserved nothing (MAP_NORESERVE, a forked child) gets SIGBUS from a fault that finds all free pages promised to others. The pages
//! count in no RSS.
//!
//! Where the pool is short, surplus pages may be taken from the rest of memory (`nr_overcommit_hugepages`); they go back with the next
//! page that is given up. Left out: mounts of hugetlbfs with sizes of their own (subpools), seals, cgroups, NUMA policies, userfaultfd,
//! sharing of page tables.

mod advise;
mod check;
mod fault;
mod file;
mod fork;
mod hole;
mod pool;
mod range;
mod remap;
mod text;

use crate::file::File;
use crate::ids::{FileId, InodeId, MmId};
use crate::{Machine, Pfn, VirtAddr, VmFlags, Vma};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

pub use file::PoolEmpty;
pub use pool::PoolCounts;

/// Sizes of pages that have a pool: leaves of level 1 and of level 2.
pub(crate) const POOLS: usize = 2;

/// All pools, and what was promised and given of them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Hugetlb {
    pools: [pool::Pool; POOLS],
    /// The files of pool pages.
    files: BTreeMap<InodeId, HugeFile>,
    /// What private mappings were promised, by their open file, which is no other's.
    promises: BTreeMap<FileId, Promises>,
    /// Who maps each page, and where.
    mapped: BTreeMap<Pfn, Vec<(MmId, VirtAddr)>>,
    /// Pages that are files'; the others are private copies.
    cached: BTreeSet<Pfn>,
    /// Pages zeroed and copied so far, in base pages.
    pub(crate) zeroed_pages: u64,
    pub(crate) copied_pages: u64,
}

/// What a file has of a pool (Linux: its inode's page cache and `struct resv_map`).
#[derive(Clone, Debug, Serialize, Deserialize)]
struct HugeFile {
    /// The level of its pages' entries.
    level: u32,
    /// Pages promised to shared mappings and not given yet, by index.
    reserved: BTreeSet<u64>,
    /// The pages that were given.
    pages: BTreeMap<u64, Pfn>,
}

/// Pages promised to a private mapping and not given yet, by their index in the file (Linux: its `struct resv_map`).
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Promises {
    level: u32,
    indices: BTreeSet<u64>,
}

/// Why no mapping could be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("fewer huge pages are free than the mapping needs")]
pub struct PoolShort;

impl Vma {
    /// Of a mapping of pool pages: the level of their entries.
    pub fn hugetlb_level(&self) -> Option<u32> {
        let flags = self.flags;
        flags.contains(VmFlags::HUGETLB).then(|| if flags.contains(VmFlags::HUGETLB_1G) { 2 } else { 1 })
    }
}

impl Machine {
    /// Promises `pages` of `file`, which is of pool pages, to a mapping with these flags, and lets the file reach to their end if it may
    /// be written (Linux: `hugetlbfs_file_mmap`, `hugetlb_reserve_pages`). The open file that the mapping is of, which the caller gives
    /// back, and its flags: a private one that reserves has a file to itself, and `HUGETLB_OWNER`.
    ///
    /// # Errors
    /// If it reserves and the pool is short.
    pub fn hugetlb_map(
        &mut self,
        file: FileId,
        pages: Range<u64>,
        flags: VmFlags,
    ) -> Result<(FileId, VmFlags), PoolShort> {
        let File { inode, mode, .. } = *self.files.file(file);
        let Some(huge) = self.hugetlb.files.get(&inode) else { return Err(PoolShort) };
        let (level, end) = (huge.level, pages.end);
        let span = self.config.format.span(level);
        let mut mapped = (file, flags);
        if flags.contains(VmFlags::NORESERVE) {
            self.get_file(file);
        } else if flags.contains(VmFlags::MAYSHARE) {
            let there = huge.reserved.range(pages.clone()).count() + huge.pages.range(pages.clone()).count();
            self.hugetlb_reserve(level, pages.end - pages.start - there as u64)?;
            if let Some(HugeFile { reserved, pages: given, .. }) = self.hugetlb.files.get_mut(&inode) {
                reserved.extend(pages.filter(|index| !given.contains_key(index)));
            }
            self.get_file(file);
        } else {
            self.hugetlb_reserve(level, pages.end - pages.start)?;
            mapped = (self.open_file(inode, mode), flags | VmFlags::HUGETLB_OWNER);
            self.hugetlb.promises.insert(mapped.0, Promises { level, indices: pages.collect() });
        }
        if flags.contains(VmFlags::WRITE) {
            let inode = self.files.inode_mut(inode);
            inode.size = inode.size.max(end.saturating_mul(span));
        }
        Ok(mapped)
    }

    /// An open file is closed. Promises that a private mapping lost by being moved in part stay lost to the pool, as on Linux.
    pub(crate) fn hugetlb_release(&mut self, file: FileId) {
        if let Some(promises) = self.hugetlb.promises.remove(&file) {
            self.hugetlb.pool_mut(promises.level).lost += promises.indices.len() as u64;
        }
    }

    /// A mapping with a reservation, or a part of it, goes: what it was promised there is free again (Linux: `hugetlb_vm_op_close`).
    pub(crate) fn hugetlb_close(&mut self, vma: &Vma) {
        let (Some(level), Some(file)) = (vma.hugetlb_level(), vma.file) else { return };
        if !vma.flags.contains(VmFlags::HUGETLB_OWNER) {
            return;
        }
        let range = self.hugetlb_indices(vma, level);
        let Some(promises) = self.hugetlb.promises.get_mut(&file) else { return };
        let before = promises.indices.len();
        promises.indices.retain(|index| !range.contains(index));
        let freed = before - promises.indices.len();
        self.hugetlb_unreserve(level, freed as u64);
    }

    /// The pages of its file that a mapping shows.
    fn hugetlb_indices(&self, vma: &Vma, level: u32) -> Range<u64> {
        let shift = self.config.format.index_bits * level;
        vma.pgoff >> shift..(vma.pgoff + vma.pages()) >> shift
    }

    /// Bytes of pool pages that an address space maps (HugetlbPages of `/proc/PID/status`).
    pub fn hugetlb_bytes(&self, mm: MmId) -> u64 {
        let vmas = self.mm(mm).vmas.iter().filter_map(|(_, vma)| Some((*vma, vma.hugetlb_level()?)));
        vmas.map(|(vma, level)| {
            self.hugetlb_entries(mm, &vma, level).len() as u64 * self.config.format.span(level)
        })
        .sum()
    }

    /// Pool pages that faults zeroed and copied so far, in base pages.
    pub fn hugetlb_work_pages(&self) -> (u64, u64) {
        (self.hugetlb.zeroed_pages, self.hugetlb.copied_pages)
    }
}

#[cfg(test)]
mod tests;
