//! The radix formats there are, by name.
//!
//! Shapes: Intel SDM volume 3, sections 4.3 to 4.5; RISC-V privileged specification, chapter "Supervisor-Level ISA", sections Sv32
//! to Sv57; Arm ARM, section D8.2 (translation process). Ends of user space and of the mmap area: Linux's `TASK_SIZE` and
//! `DEFAULT_MAP_WINDOW` of each architecture. `single` is no processor's: one table of all pages, for comparison.

use super::Format;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The name of a radix page-table format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
#[non_exhaustive]
pub enum FormatName {
    /// x86-64, four levels.
    X86_64,
    /// x86-64, five levels (LA57).
    X86_64La57,
    /// 32-bit x86, two levels of 4-byte entries.
    X86,
    /// 32-bit x86 with physical address extension: three levels of 8-byte entries.
    X86Pae,
    /// RISC-V Sv32.
    Sv32,
    /// RISC-V Sv39.
    Sv39,
    /// RISC-V Sv48.
    Sv48,
    /// RISC-V Sv57.
    Sv57,
    /// AArch64, granule of 4 KiB, 48 bits.
    Arm4K,
    /// AArch64, granule of 16 KiB, 48 bits.
    Arm16K,
    /// AArch64, granule of 64 KiB, 48 bits.
    Arm64K,
    /// One table with an entry for each page of 4 GiB, in 32-bit x86's encoding.
    Single,
    /// x86's segments with 32-bit paging beneath.
    SegmentsPaged,
    /// x86's segments alone, of variable length in physical memory.
    Segments,
    /// One base and one bound.
    BaseBounds,
    /// The separate instruction and data spaces of the PDP-11.
    SplitSpaces,
    /// An inverted table beside the kernel's own tables, which are x86-64's.
    Inverted,
    /// A clustered hashed table beside the kernel's own tables, which are x86-64's.
    Clustered,
    /// PowerPC's hashed table beside the kernel's own tables, which are x86-64's.
    Power,
    /// IA-64's hashed table with collision chains beside the kernel's own tables, which are x86-64's.
    Ia64,
}

const GB: u64 = 1 << 30;
const PAGE: u64 = 4096;

/// The end of user space where the kernel has the fourth gigabyte (Linux: x86's CONFIG_PAGE_OFFSET).
const THREE_GB: u64 = 3 * GB;
/// Where the kernel's fixed mappings begin on Sv32 (Linux: `FIXADDR_START` of a default configuration).
const SV32_TASK_SIZE: u64 = 0x9c80_0000;

impl FormatName {
    /// All of them, the default first.
    pub const ALL: [FormatName; 20] = [
        FormatName::X86_64,
        FormatName::X86_64La57,
        FormatName::X86,
        FormatName::X86Pae,
        FormatName::Sv32,
        FormatName::Sv39,
        FormatName::Sv48,
        FormatName::Sv57,
        FormatName::Arm4K,
        FormatName::Arm16K,
        FormatName::Arm64K,
        FormatName::Single,
        FormatName::Inverted,
        FormatName::Clustered,
        FormatName::Power,
        FormatName::Ia64,
        FormatName::SegmentsPaged,
        FormatName::Segments,
        FormatName::BaseBounds,
        FormatName::SplitSpaces,
    ];

    /// Its shape.
    pub const fn format(self) -> Format {
        match self {
            FormatName::X86_64 => Format::X86_64,
            FormatName::X86_64La57 => {
                Format { name: self, levels: 5, task_size: (1 << 56) - PAGE, ..Format::X86_64 }
            }
            FormatName::X86
            | FormatName::SegmentsPaged
            | FormatName::Segments
            | FormatName::BaseBounds
            | FormatName::SplitSpaces => Format { name: self, ..LEGACY },
            FormatName::X86Pae => Format {
                name: self,
                index_bits: 9,
                root_bits: 2,
                levels: 3,
                entry_shift: 3,
                frame_bits: 40,
                huge_pages: true,
                ..LEGACY
            },
            FormatName::Sv32 => Format {
                name: self,
                index_bits: 10,
                root_bits: 10,
                levels: 2,
                frame_bits: 22,
                task_size: SV32_TASK_SIZE,
                map_window: SV32_TASK_SIZE,
                ..LEGACY
            },
            FormatName::Sv39 => sv(self, 3, 1 << 38, 1 << 38),
            FormatName::Sv48 => sv(self, 4, 1 << 47, 1 << 47),
            FormatName::Sv57 => sv(self, 5, 1 << 56, 1 << 47),
            FormatName::Arm4K => arm(self, 12, 4, 9),
            FormatName::Arm16K => arm(self, 14, 4, 1),
            FormatName::Arm64K => arm(self, 16, 3, 6),
            FormatName::Single => Format { name: self, index_bits: 10, root_bits: 20, levels: 1, ..LEGACY },
            FormatName::Inverted | FormatName::Clustered | FormatName::Power | FormatName::Ia64 => {
                Format { name: self, huge_pages: false, ..Format::X86_64 }
            }
        }
    }

    /// What it is, for people.
    pub const fn describes(self) -> &'static str {
        match self {
            FormatName::X86_64 => "x86-64, four levels of 512 entries, 4 KiB pages",
            FormatName::X86_64La57 => "x86-64, five levels (LA57)",
            FormatName::X86 => "32-bit x86, two levels of 1024 entries of 4 bytes; at most 4 GiB of memory",
            FormatName::X86Pae => "32-bit x86 with PAE, 4 and twice 512 entries of 8 bytes",
            FormatName::Sv32 => "RISC-V Sv32, two levels; at most 16 GiB of memory",
            FormatName::Sv39 => "RISC-V Sv39, three levels",
            FormatName::Sv48 => "RISC-V Sv48, four levels",
            FormatName::Sv57 => "RISC-V Sv57, five levels",
            FormatName::Arm4K => "AArch64, 4 KiB granule, four levels of 512 entries",
            FormatName::Arm16K => "AArch64, 16 KiB granule, 2 and three times 2048 entries",
            FormatName::Arm64K => "AArch64, 64 KiB granule, 64 and twice 8192 entries",
            FormatName::Single => "one table of a million entries for 4 GiB",
            FormatName::SegmentsPaged => "x86 segments over 32-bit paging; text, data, mapping area, stack",
            FormatName::Segments => "x86 segments alone, one for each mapping, of variable length in memory",
            FormatName::BaseBounds => "one base and bound; all of a process in one piece",
            FormatName::SplitSpaces => "PDP-11, 64 KiB of instructions and 64 KiB of data",
            FormatName::Inverted => "inverted table, an entry a frame, beside the kernel's own tables",
            FormatName::Power => "PowerPC's hashed table, groups of eight, beside the kernel's own tables",
            FormatName::Ia64 => "IA-64's hashed table with chains, beside the kernel's own tables",
            FormatName::Clustered => "hashed table of nodes for 16 pages, beside the kernel's own tables",
        }
    }

    /// Whether the hardware searches a hashed table, not the kernel's own.
    pub const fn is_hashed(self) -> bool {
        matches!(self, FormatName::Inverted | FormatName::Clustered | FormatName::Power | FormatName::Ia64)
    }

    /// Whether there are pages at all.
    pub const fn is_paged(self) -> bool {
        !matches!(self, FormatName::Segments | FormatName::BaseBounds | FormatName::SplitSpaces)
    }

    /// Whether its entries, or those of the twin's bookkeeping, are 32-bit x86's.
    pub(super) const fn is_legacy(self) -> bool {
        matches!(self, FormatName::X86 | FormatName::Single | FormatName::SegmentsPaged) || !self.is_paged()
    }

    /// As scenarios and options say it.
    pub const fn as_str(self) -> &'static str {
        match self {
            FormatName::X86_64 => "x86-64",
            FormatName::X86_64La57 => "x86-64-la57",
            FormatName::X86 => "x86",
            FormatName::X86Pae => "x86-pae",
            FormatName::Sv32 => "sv32",
            FormatName::Sv39 => "sv39",
            FormatName::Sv48 => "sv48",
            FormatName::Sv57 => "sv57",
            FormatName::Arm4K => "arm64-4k",
            FormatName::Arm16K => "arm64-16k",
            FormatName::Arm64K => "arm64-64k",
            FormatName::Single => "single",
            FormatName::SegmentsPaged => "x86-segments",
            FormatName::Segments => "segments",
            FormatName::BaseBounds => "base-bounds",
            FormatName::SplitSpaces => "pdp11",
            FormatName::Inverted => "inverted",
            FormatName::Clustered => "clustered",
            FormatName::Power => "power",
            FormatName::Ia64 => "ia64",
        }
    }
}

/// What 32-bit x86 has, and the others of 32 bits with it.
const LEGACY: Format = Format {
    name: FormatName::X86,
    page_shift: 12,
    index_bits: 10,
    root_bits: 10,
    levels: 2,
    entry_shift: 2,
    frame_bits: 20,
    sign_extends: false,
    task_size: THREE_GB,
    map_window: THREE_GB,
    huge_pages: false,
};

const fn sv(name: FormatName, levels: u32, task_size: u64, map_window: u64) -> Format {
    Format { name, levels, frame_bits: 44, task_size, map_window, ..Format::X86_64 }
}

/// 48 bits of user space, all below the kernel's (TTBR0).
const fn arm(name: FormatName, page_shift: u32, levels: u32, root_bits: u32) -> Format {
    Format {
        name,
        page_shift,
        index_bits: page_shift - 3,
        root_bits,
        levels,
        entry_shift: 3,
        frame_bits: 48 - page_shift,
        sign_extends: false,
        task_size: 1 << 48,
        map_window: 1 << 48,
        huge_pages: true,
    }
}

impl fmt::Display for FormatName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No format has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no mmu is called `{name}`; there are {}", FormatName::ALL.map(FormatName::as_str).join(", "))]
pub struct UnknownFormat {
    /// What was asked for.
    pub name: String,
}

impl FromStr for FormatName {
    type Err = UnknownFormat;
    fn from_str(text: &str) -> Result<FormatName, UnknownFormat> {
        let named = |name: &&FormatName| name.as_str() == text;
        FormatName::ALL.iter().find(named).copied().ok_or_else(|| UnknownFormat { name: text.to_owned() })
    }
}
