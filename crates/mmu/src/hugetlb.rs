//! Huge pages from a pool, by MAP_HUGETLB (Linux: `mm/hugetlb.c`).
//!
//! A pool a size (2 MiB, 1 GiB) holds pages that were set aside at boot or when asked for. A mapping reserves what it may need when
//! it is made; one that did not (MAP_NORESERVE, a forked child) gets SIGBUS from a fault that finds all free pages promised to
//! others. Each mapping's memory is a nameless file of its own, shared by those that fork; its pages count in no RSS.
//!
//! Where the pool is short, surplus pages may be taken from the rest of memory (`nr_overcommit_hugepages`); they go back with the next
//! page that is given up. Left out: hugetlbfs as a file system, cgroups, NUMA policies, userfaultfd, sharing of page tables.

mod advise;
mod check;
mod fault;
mod fork;
mod pool;
mod range;
mod remap;
mod text;

use crate::ids::{FileId, InodeId, MmId};
use crate::{Backing, Machine, OpenMode, Pfn, VirtAddr, VmFlags, Vma};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

pub use pool::PoolCounts;

/// Sizes of pages that have a pool: leaves of level 1 and of level 2.
pub(crate) const POOLS: usize = 2;

/// All pools, and what was promised and given of them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Hugetlb {
    pools: [pool::Pool; POOLS],
    /// The memory of each mapping that was made.
    files: BTreeMap<InodeId, HugeFile>,
    /// Who maps each page, and where.
    mapped: BTreeMap<Pfn, Vec<(MmId, VirtAddr)>>,
    /// Pages zeroed and copied so far, in base pages.
    pub(crate) zeroed_pages: u64,
    pub(crate) copied_pages: u64,
}

/// A mapping's memory (Linux: its inode and `struct resv_map`).
#[derive(Clone, Debug, Serialize, Deserialize)]
struct HugeFile {
    /// The level of its pages' entries.
    level: u32,
    /// Whether its pages are the file's, or those of private mappings.
    shared: bool,
    /// Pages promised and not given yet, by index.
    reserved: BTreeSet<u64>,
    /// Of shared memory: the pages that were given.
    pages: BTreeMap<u64, Pfn>,
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
    /// The memory of a new mapping of `pages` pages of `level`, private or `shared`, opened for the mapping that will hold the only
    /// reference (Linux: `hugetlb_file_setup`, `hugetlb_reserve_pages`). A private one that reserves has `HUGETLB_OWNER`.
    ///
    /// # Errors
    /// If it `reserve`s and the pool is short.
    pub fn hugetlb_file_setup(
        &mut self,
        level: u32,
        pages: u64,
        shared: bool,
        reserve: bool,
    ) -> Result<FileId, PoolShort> {
        let reserved: BTreeSet<u64> = if reserve { (0..pages).collect() } else { BTreeSet::new() };
        self.hugetlb_reserve(level, reserved.len() as u64)?;
        let inode = self.new_inode(Backing::Shmem);
        self.files.inode_mut(inode).size = pages * self.config.format.span(level);
        let file = self.open_file(inode, OpenMode::READ | OpenMode::WRITE);
        self.files.inode_mut(inode).refs -= 1;
        self.hugetlb.files.insert(inode, HugeFile { level, shared, reserved, pages: BTreeMap::new() });
        Ok(file)
    }

    /// The memory is nobody's any more: its pages and promises go back. Promises that a private mapping lost by being moved in part
    /// stay lost to the pool, as on Linux.
    pub(crate) fn hugetlb_evict(&mut self, inode: InodeId) {
        if let Some(file) = self.hugetlb.files.remove(&inode) {
            let promised = file.reserved.len() as u64;
            match file.shared {
                true => self.hugetlb_unreserve(file.level, promised),
                false => self.hugetlb.pool_mut(file.level).lost += promised,
            }
            file.pages.values().for_each(|pfn| self.hugetlb_put(file.level, *pfn));
        }
    }

    /// A mapping with a reservation, or a part of it, goes: what it was promised there is free again (Linux: `hugetlb_vm_op_close`).
    pub(crate) fn hugetlb_close(&mut self, vma: &Vma) {
        let (Some(level), Some(inode)) = (vma.hugetlb_level(), vma.inode) else { return };
        if !vma.flags.contains(VmFlags::HUGETLB_OWNER) {
            return;
        }
        let range = self.hugetlb_indices(vma, level);
        let Some(file) = self.hugetlb.files.get_mut(&inode) else { return };
        let before = file.reserved.len();
        file.reserved.retain(|index| !range.contains(index));
        let freed = before - file.reserved.len();
        self.hugetlb_unreserve(level, freed as u64);
    }

    /// The pages of its memory that a mapping shows.
    fn hugetlb_indices(&self, vma: &Vma, level: u32) -> std::ops::Range<u64> {
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
