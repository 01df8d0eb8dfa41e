//! The shape of a page-table format as data: nothing outside knows a page's size or the number of levels.
//!
//! What the bits of an entry are is the `codec`'s; which formats there are is in [`formats`](super::formats).
//! Intel SDM volume 3, section 4.5 (4-level paging), for the default.

use super::formats::FormatName;
use crate::VirtAddr;
use serde::{Deserialize, Serialize};

/// A radix page-table format. Level 0 holds the entries of base pages, the highest level is the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Format {
    /// Which format it is; decides how its entries are encoded.
    pub name: FormatName,
    /// log2 of the base page size in bytes.
    pub page_shift: u32,
    /// log2 of the entries a table has, but for the root's.
    pub index_bits: u32,
    /// log2 of the entries that the root has.
    pub root_bits: u32,
    /// Tables on the way from the root to a base page's entry.
    pub levels: u32,
    /// log2 of an entry's bytes.
    pub entry_shift: u32,
    /// log2 of the frames that an entry can name.
    pub frame_bits: u32,
    /// Whether the bits above the translated ones must repeat the highest of these; they must be zero otherwise.
    pub sign_extends: bool,
    /// The end of user space (Linux: `TASK_SIZE`), in bytes.
    pub task_size: u64,
    /// The end of what mmap gives without a hint above it (Linux: `DEFAULT_MAP_WINDOW`), in bytes.
    pub map_window: u64,
    /// Whether Linux has transparent huge pages of one entry of level 1 on it.
    pub huge_pages: bool,
}

impl Format {
    /// x86-64 with four levels of 512 entries and 4 KiB pages.
    pub const X86_64: Format = Format {
        name: FormatName::X86_64,
        page_shift: 12,
        index_bits: 9,
        root_bits: 9,
        levels: 4,
        entry_shift: 3,
        frame_bits: 40,
        sign_extends: true,
        task_size: 0x7fff_ffff_f000,
        map_window: 0x7fff_ffff_f000,
        huge_pages: true,
    };

    /// Where the top-down search for free ranges starts: the gap for the stack below the end of user space, at the least (Linux:
    /// `mmap_base`, `MIN_GAP`; RLIMIT_STACK is not above it, nothing is random).
    pub const fn mmap_base(&self) -> u64 {
        const MIN_GAP: u64 = 128 << 20;
        self.map_window - MIN_GAP
    }

    /// The most memory that entries can name, in bytes.
    pub const fn max_ram_bytes(&self) -> u64 {
        1 << (self.frame_bits + self.page_shift)
    }

    /// Whether it is x86-64's, which has mmap flags of its own.
    pub const fn is_x86_64(&self) -> bool {
        matches!(self.name, FormatName::X86_64 | FormatName::X86_64La57)
    }

    /// The base page size in bytes.
    #[inline]
    pub const fn page_size(&self) -> u64 {
        1 << self.page_shift
    }

    /// log2 of the bytes that one entry at `level` maps.
    #[inline]
    pub const fn shift(&self, level: u32) -> u32 {
        self.page_shift + self.index_bits * level
    }

    /// The bytes that one entry at `level` maps.
    #[inline]
    pub const fn span(&self, level: u32) -> u64 {
        1 << self.shift(level)
    }

    /// The index of `addr`, which is canonical, in a table at `level`; in a table that takes several frames, in its frame.
    #[inline]
    pub const fn index(&self, addr: u64, level: u32) -> usize {
        ((addr >> self.shift(level)) & ((1 << self.index_bits) - 1)) as usize
    }

    /// Entries in one table that is not the root.
    #[inline]
    pub const fn entries(&self) -> usize {
        1 << self.index_bits
    }

    /// log2 of the frames that the root takes: more than one only where there is a single level.
    #[inline]
    pub const fn root_order(&self) -> u32 {
        (self.root_bits + self.entry_shift).saturating_sub(self.page_shift)
    }

    /// The bytes of the root table that hold entries.
    #[inline]
    pub const fn root_bytes(&self) -> u64 {
        1 << (self.root_bits + self.entry_shift)
    }

    /// Bits of a virtual address that are translated; those above repeat the highest, or are zero.
    #[inline]
    pub const fn address_bits(&self) -> u32 {
        self.page_shift + self.index_bits * (self.levels - 1) + self.root_bits
    }

    /// Whether the bits above the translated ones are as the hardware demands.
    #[inline]
    pub const fn is_canonical(&self, addr: VirtAddr) -> bool {
        self.sign_extend(addr.get()).get() == addr.get()
    }

    /// The canonical address with the translated bits of `addr`.
    #[inline]
    pub const fn sign_extend(&self, addr: u64) -> VirtAddr {
        let shift = 64 - self.address_bits();
        match self.sign_extends {
            true => VirtAddr::new(((addr << shift) as i64 >> shift) as u64),
            false => VirtAddr::new(addr << shift >> shift),
        }
    }
}
