//! The shape of a page-table format as data: nothing outside knows a page's size or the number of levels.
//!
//! Intel SDM volume 3, section 4.5 (4-level paging).

use crate::VirtAddr;
use serde::{Deserialize, Serialize};

/// A radix page-table format. Level 0 holds the entries of base pages, the highest level is the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Format {
    /// log2 of the base page size in bytes.
    pub page_shift: u32,
    /// log2 of the entries a table has.
    pub index_bits: u32,
    /// Tables on the way from the root to a base page's entry.
    pub levels: u32,
    /// The end of user space (Linux: `TASK_SIZE`), in bytes.
    pub task_size: u64,
}

impl Format {
    /// x86-64 with four levels of 512 entries and 4 KiB pages.
    pub const X86_64: Format =
        Format { page_shift: 12, index_bits: 9, levels: 4, task_size: 0x7fff_ffff_f000 };

    /// The base page size in bytes.
    pub const fn page_size(&self) -> u64 {
        1 << self.page_shift
    }

    /// log2 of the bytes that one entry at `level` maps.
    pub const fn shift(&self, level: u32) -> u32 {
        self.page_shift + self.index_bits * level
    }

    /// The bytes that one entry at `level` maps.
    pub const fn span(&self, level: u32) -> u64 {
        1 << self.shift(level)
    }

    /// The index of `addr` in a table at `level`.
    pub const fn index(&self, addr: u64, level: u32) -> usize {
        ((addr >> self.shift(level)) & ((1 << self.index_bits) - 1)) as usize
    }

    /// Entries in one table.
    pub const fn entries(&self) -> usize {
        1 << self.index_bits
    }

    /// Bits of a virtual address that are translated; those above repeat the highest.
    pub const fn address_bits(&self) -> u32 {
        self.page_shift + self.index_bits * self.levels
    }

    /// Whether the bits above the translated ones repeat the highest of them, as the hardware demands.
    pub const fn is_canonical(&self, addr: VirtAddr) -> bool {
        self.sign_extend(addr.get()).get() == addr.get()
    }

    /// The canonical address with the translated bits of `addr`.
    pub const fn sign_extend(&self, addr: u64) -> VirtAddr {
        let shift = 64 - self.address_bits();
        VirtAddr::new(((addr << shift) as i64 >> shift) as u64)
    }
}
