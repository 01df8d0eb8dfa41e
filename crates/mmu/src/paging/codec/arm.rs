//! AArch64 stage 1: Arm ARM (DDI 0487), section D8.3 "Translation table descriptor formats" and D8.4 "Memory access control". The fields were
//! checked against public renderings of it; the sections' numbers are from memory, and differ between issues.
//!
//! Bits 1:0 are 11 for a page or a table, 01 for a block. AttrIndx 4:2 (0: normal memory, as Linux), AP 7:6 (bit 6 user, bit 7
//! read-only), SH 9:8 (inner shareable), AF 10, nG 11, output address from the granule's size to 47, DBM 51, PXN 53, UXN 54. Hardware
//! manages AF and dirty state (FEAT_HAFDBS): writable and clean is DBM with read-only set, a store clears read-only. Linux's
//! bits: 55 dirty without the right to write, 56 special; without bit 0, bit 11 is PROT_NONE.
//!
//! Differs from Linux: a mapping with PROT_EXEC alone is readable, as on x86. Output addresses end at bit 47: no 52-bit ones.

use super::{Absent, TABLE_BITS};
use crate::Pfn;
use crate::paging::{Pte, PteFlags};
use crate::swap::SlotId;

const VALID: u64 = 1;
/// A table or a page, not a block.
const TABLE_OR_PAGE: u64 = 1 << 1;
const AP_USER: u64 = 1 << 6;
const AP_READ_ONLY: u64 = 1 << 7;
const SH_INNER: u64 = 3 << 8;
const AF: u64 = 1 << 10;
const NOT_GLOBAL: u64 = 1 << 11;
const DBM: u64 = 1 << 51;
const PXN: u64 = 1 << 53;
const UXN: u64 = 1 << 54;
const SOFT_DIRTY: u64 = 1 << 55;
const SOFT_SPECIAL: u64 = 1 << 56;
const ADDRESS: u64 = 0x0000_ffff_ffff_f000;

/// Without VALID: PROT_NONE (Linux: `PTE_PRESENT_INVALID`).
const INVALID: u64 = NOT_GLOBAL;
const SWAP_EXCLUSIVE: u64 = 1 << 2;
/// The lowest bits of the swap type: a slot, a marker.
const SWAP_TYPE: u64 = 1 << 6;
const GUARD: u64 = 1 << 7;
const SWAP_SHIFT: u32 = 12;

pub(super) fn encode(pte: Pte, level: u32, page_shift: u32) -> u64 {
    let address = u64::from(pte.pfn().0) << page_shift;
    if pte.is_present() {
        return match (level, pte.has(PteFlags::HUGE)) {
            (0, _) => address | VALID | TABLE_OR_PAGE | leaf_bits(pte),
            (_, true) => address | VALID | leaf_bits(pte),
            (_, false) => address | VALID | TABLE_OR_PAGE,
        };
    }
    match Absent::of(pte) {
        Absent::None => 0,
        Absent::Guard => GUARD,
        Absent::Protnone => address | leaf_bits(pte) | INVALID,
        Absent::Swap(slot, exclusive) => {
            u64::from(slot.0) << SWAP_SHIFT | SWAP_TYPE | if exclusive { SWAP_EXCLUSIVE } else { 0 }
        }
    }
}

fn leaf_bits(pte: Pte) -> u64 {
    let bit = |on: bool, bit: u64| if on { bit } else { 0 };
    let (writable, dirty) = (pte.is_writable(), pte.is_dirty());
    SH_INNER
        | PXN
        | bit(pte.has(PteFlags::USER), AP_USER)
        | bit(writable, DBM)
        | bit(!(writable && dirty), AP_READ_ONLY)
        | bit(dirty && !writable, SOFT_DIRTY)
        | bit(pte.is_young(), AF)
        | bit(pte.is_present() && !pte.has(PteFlags::GLOBAL), NOT_GLOBAL)
        | bit(pte.has(PteFlags::NO_EXECUTE), UXN)
        | bit(pte.is_special(), SOFT_SPECIAL)
}

pub(super) fn decode(word: u64, level: u32, page_shift: u32) -> Pte {
    let pfn = Pfn(((word & ADDRESS) >> page_shift) as u32);
    match word & (VALID | TABLE_OR_PAGE) {
        _ if word == 0 => Pte::NONE,
        kind if kind & VALID == 0 && word & INVALID == 0 => decode_absent(word),
        kind if level > 0 && kind == VALID | TABLE_OR_PAGE => Pte::new(pfn, TABLE_BITS),
        _ => Pte::new(pfn, leaf_flags(word, level)),
    }
}

fn leaf_flags(word: u64, level: u32) -> PteFlags {
    let has = |bits: u64| word & bits == bits;
    let writable = has(DBM);
    [
        (has(VALID), PteFlags::PRESENT),
        (writable, PteFlags::WRITABLE),
        (has(AP_USER), PteFlags::USER),
        (has(AF), PteFlags::ACCESSED),
        (has(SOFT_DIRTY) || writable && !has(AP_READ_ONLY), PteFlags::DIRTY),
        (level > 0, PteFlags::HUGE),
        (has(VALID) != has(NOT_GLOBAL), PteFlags::GLOBAL),
        (has(SOFT_SPECIAL), PteFlags::SPECIAL),
        (has(UXN), PteFlags::NO_EXECUTE),
    ]
    .into_iter()
    .filter(|(on, _)| *on)
    .fold(PteFlags::empty(), |all, (_, flag)| all | flag)
}

fn decode_absent(word: u64) -> Pte {
    match word & SWAP_TYPE {
        0 => Pte::GUARD,
        _ => Pte::swap(SlotId((word >> SWAP_SHIFT) as u32), word & SWAP_EXCLUSIVE != 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: PteFlags =
        PteFlags::PRESENT.union(PteFlags::USER).union(PteFlags::ACCESSED).union(PteFlags::NO_EXECUTE);
    const WRITABLE: PteFlags = PAGE.union(PteFlags::WRITABLE);

    /// D8.3, block and page descriptors, and D8.4, stage 1 data access permissions: AP 01 reads and writes, 11 reads.
    #[test]
    fn a_page() {
        let dirty = Pte::new(Pfn(0x12345), WRITABLE | PteFlags::DIRTY);
        assert_eq!(encode(dirty, 0, 12), 0x0068_0000_1234_5f43);
        let read_only = Pte::new(Pfn(0x12345), PAGE);
        assert_eq!(encode(read_only, 0, 12), 0x0060_0000_1234_5fc3);
    }

    /// D8.5, hardware management of the dirty state: writable and clean is DBM with AP[2] set; a store clears AP[2].
    #[test]
    fn a_clean_writable_page() {
        let clean = Pte::new(Pfn(1), WRITABLE);
        assert_eq!(encode(clean, 0, 12), 0x0068_0000_0000_1fc3);
        assert_eq!(decode(0x0068_0000_0000_1f43, 0, 12), clean.with(PteFlags::DIRTY));
    }

    /// D8.3, table descriptors: bits 1:0 are 11, the hierarchical rights in 63:59 are off.
    #[test]
    fn a_table() {
        assert_eq!(encode(Pte::new(Pfn(9), TABLE_BITS), 1, 12), 9 << 12 | 3);
    }

    /// D8.3, block descriptors: bits 1:0 of a block are 01; its output address is aligned to its size.
    #[test]
    fn a_block() {
        let pte = Pte::new(Pfn(512), PAGE | PteFlags::HUGE);
        assert_eq!(encode(pte, 1, 12), 0x0060_0000_0020_0fc1);
        assert_eq!(decode(0x0060_0000_0020_0fc1, 1, 12), pte);
    }

    /// D8.3, granules of 16 and 64 KiB: the output address begins at bit 14 and bit 16.
    #[test]
    fn pages_of_larger_granules() {
        assert_eq!(encode(Pte::new(Pfn(3), PAGE), 0, 14) & ADDRESS, 3 << 14);
        assert_eq!(encode(Pte::new(Pfn(3), PAGE), 0, 16) & ADDRESS, 3 << 16);
    }
}
