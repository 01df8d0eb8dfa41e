//! A page-table entry of x86-64: Intel SDM volume 3, table 4-20, and Linux's use of the bits the hardware ignores.
//!
//! A non-present, non-zero entry is Linux's: a swap slot or a marker (guard region).

use crate::Pfn;
use crate::swap::SlotId;
use bitflags::bitflags;
use serde::{Deserialize, Serialize};

bitflags! {
    /// The flag bits of an entry, where the hardware has them.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
    pub struct PteFlags: u64 {
        /// P: the entry maps a page or a table.
        const PRESENT = 1 << 0;
        /// R/W: stores are allowed.
        const WRITABLE = 1 << 1;
        /// U/S: user mode may use it.
        const USER = 1 << 2;
        /// PWT: write-through.
        const WRITE_THROUGH = 1 << 3;
        /// PCD: not cached.
        const CACHE_DISABLE = 1 << 4;
        /// A: used by a walk since it was cleared.
        const ACCESSED = 1 << 5;
        /// D: stored to since it was cleared (leaf entries).
        const DIRTY = 1 << 6;
        /// PS: a leaf above level 0 (2 MiB, 1 GiB).
        const HUGE = 1 << 7;
        /// G: kept when the address space changes. Without PRESENT, Linux's `_PAGE_PROTNONE`: the page is there, no access is.
        const GLOBAL = 1 << 8;
        /// Software bit 9, Linux `_PAGE_SPECIAL`: no frame descriptor stands behind it (the zero pages).
        const SPECIAL = 1 << 9;
        /// XD: no instruction fetch.
        const NO_EXECUTE = 1 << 63;
    }
}

/// In an entry that maps nothing: it names a swap slot, where frames' numbers are otherwise.
const SWAP: u64 = 1 << 11;
const SWAP_EXCLUSIVE: u64 = 1 << 3;
const PFN_MASK: u64 = 0x000f_ffff_ffff_f000;

/// One page-table entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pte(pub u64);

impl Pte {
    /// The bits of the frame's number.
    pub(crate) const PFN_MASK: u64 = PFN_MASK;
    /// From an entry to that of the next frame.
    pub(crate) const ONE_FRAME: u64 = 1 << 12;

    /// The empty entry.
    pub const NONE: Pte = Pte(0);
    /// No page may come here: an access is SIGSEGV (Linux: `PTE_MARKER_GUARD`, MADV_GUARD_INSTALL).
    pub const GUARD: Pte = Pte(1 << 10);

    /// No page here, but one in swap (Linux: `swp_entry_t`); `exclusive`: nobody else has it (`pte_swp_exclusive`).
    #[inline]
    pub const fn swap(slot: SlotId, exclusive: bool) -> Pte {
        Pte((slot.0 as u64) << 12 | SWAP | if exclusive { SWAP_EXCLUSIVE } else { 0 })
    }

    /// The swap slot that the entry names, and whether nobody else has the page.
    #[inline]
    pub const fn swap_slot(self) -> Option<(SlotId, bool)> {
        if self.is_mapped() || self.0 & SWAP == 0 {
            return None;
        }
        Some((SlotId(((self.0 & PFN_MASK) >> 12) as u32), self.0 & SWAP_EXCLUSIVE != 0))
    }

    /// A swap entry that others name, too.
    #[must_use]
    #[inline]
    pub const fn swap_shared(self) -> Pte {
        Pte(self.0 & !SWAP_EXCLUSIVE)
    }

    /// An entry that maps `pfn`.
    #[inline]
    pub const fn new(pfn: Pfn, flags: PteFlags) -> Pte {
        Pte((pfn.0 as u64) << 12 | flags.bits())
    }

    /// Whether nothing at all is in it.
    #[inline]
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// P is set.
    #[inline]
    pub const fn is_present(self) -> bool {
        self.0 & PteFlags::PRESENT.bits() != 0
    }

    /// There is a page behind it, for the hardware or not (Linux: `pte_present`: PRESENT or PROTNONE).
    #[inline]
    pub const fn is_mapped(self) -> bool {
        self.0 & (PteFlags::PRESENT.bits() | PteFlags::GLOBAL.bits()) != 0
    }

    /// A page that PROT_NONE keeps from all access (Linux: `pte_protnone`).
    #[inline]
    pub const fn is_protnone(self) -> bool {
        self.0 & (PteFlags::PRESENT.bits() | PteFlags::GLOBAL.bits()) == PteFlags::GLOBAL.bits()
    }

    /// No frame descriptor stands behind it: a zero page.
    #[inline]
    pub const fn is_special(self) -> bool {
        self.has(PteFlags::SPECIAL)
    }

    /// Stores are allowed.
    #[inline]
    pub const fn is_writable(self) -> bool {
        self.has(PteFlags::WRITABLE)
    }

    /// Used since the bit was cleared (Linux: young).
    #[inline]
    pub const fn is_young(self) -> bool {
        self.has(PteFlags::ACCESSED)
    }

    /// Stored to since the bit was cleared.
    #[inline]
    pub const fn is_dirty(self) -> bool {
        self.has(PteFlags::DIRTY)
    }

    /// The same page with the rights of `prot`; accessed, dirty, size and special stay (Linux: `pte_modify`).
    #[must_use]
    #[inline]
    pub const fn modify(self, prot: PteFlags) -> Pte {
        const KEPT: u64 = PFN_MASK
            | PteFlags::ACCESSED.bits()
            | PteFlags::DIRTY.bits()
            | PteFlags::HUGE.bits()
            | PteFlags::SPECIAL.bits();
        Pte(self.0 & KEPT | prot.bits() & !KEPT)
    }

    /// The frame or the table it points to; meaningful when present.
    #[inline]
    pub const fn pfn(self) -> Pfn {
        Pfn(((self.0 & PFN_MASK) >> 12) as u32)
    }

    /// The flag bits.
    #[inline]
    pub const fn flags(self) -> PteFlags {
        PteFlags::from_bits_truncate(self.0)
    }

    /// Whether all of `flags` are set.
    #[inline]
    pub const fn has(self, flags: PteFlags) -> bool {
        self.0 & flags.bits() == flags.bits()
    }

    /// With `flags` set as well.
    #[must_use]
    #[inline]
    pub const fn with(self, flags: PteFlags) -> Pte {
        Pte(self.0 | flags.bits())
    }

    /// With `flags` cleared.
    #[must_use]
    #[inline]
    pub const fn without(self, flags: PteFlags) -> Pte {
        Pte(self.0 & !flags.bits())
    }
}
