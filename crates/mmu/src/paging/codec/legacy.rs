//! 32-bit x86: Intel SDM volume 3, section 4.3 (32-bit paging, tables 4-5 and 4-6) and section 4.4 (PAE paging, tables 4-8 to 4-11).
//!
//! 32-bit entries are the low half of x86-64's, without execute-disable: what is there can be fetched from. PAE's are x86-64's but for
//! the four of the root, where all but present, caching and the address is reserved.

use super::{Absent, TABLE_BITS};
use crate::Pfn;
use crate::paging::{Pte, PteFlags};
use crate::swap::SlotId;

/// log2 of the swap slots that a 32-bit entry can name.
pub(super) const SWAP_BITS: u32 = 22;

/// What of a neutral entry that maps a page a 32-bit one holds.
const LOW: u64 = 0xffff_ffff;
/// In an entry that maps nothing: it is a swap slot, from bit 10 on (bits 0 and 8 are clear, as Linux has it).
const SWAP: u64 = 1 << 1;
const SWAP_EXCLUSIVE: u64 = 1 << 7;
const GUARD: u64 = 1 << 2;

pub(super) fn encode(pte: Pte) -> u64 {
    if pte.is_present() {
        return pte.0 & LOW;
    }
    match Absent::of(pte) {
        Absent::None => 0,
        Absent::Guard => GUARD,
        Absent::Protnone => pte.0 & LOW,
        Absent::Swap(slot, exclusive) => {
            u64::from(slot.0) << 10 | SWAP | if exclusive { SWAP_EXCLUSIVE } else { 0 }
        }
    }
}

pub(super) fn decode(word: u64) -> Pte {
    match Pte(word) {
        pte if pte.is_mapped() || pte.is_none() => pte,
        _ if word & SWAP != 0 => Pte::swap(SlotId((word >> 10) as u32), word & SWAP_EXCLUSIVE != 0),
        _ => Pte::GUARD,
    }
}

/// The level of PAE's root.
const PDPT: u32 = 2;

pub(super) fn encode_pae(pte: Pte, level: u32) -> u64 {
    match level {
        PDPT if pte.is_present() => Pte::new(pte.pfn(), PteFlags::PRESENT).0,
        _ => pte.0,
    }
}

pub(super) fn decode_pae(word: u64, level: u32) -> Pte {
    match (level, Pte(word)) {
        (PDPT, pte) if pte.is_present() => Pte::new(Pfn(pte.pfn().0), TABLE_BITS),
        (_, pte) => pte,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHTS: PteFlags = PteFlags::PRESENT.union(PteFlags::WRITABLE).union(PteFlags::USER);

    /// SDM volume 3, section 4.3, table 4-6: P 0, R/W 1, U/S 2, A 5, D 6, page frame 31:12.
    #[test]
    fn a_page_of_32_bit_paging() {
        let used = RIGHTS | PteFlags::ACCESSED | PteFlags::DIRTY | PteFlags::NO_EXECUTE;
        assert_eq!(encode(Pte::new(Pfn(0xabcde), used)), 0xabcd_e067);
    }

    /// Section 4.3, table 4-4: bit 7 (PS) set, address bits 31:22 of the 4 MiB page.
    #[test]
    fn a_4_mib_page_of_32_bit_paging() {
        assert_eq!(encode(Pte::new(Pfn(0x400 * 3), RIGHTS | PteFlags::HUGE)), 0x00c0_0087);
    }

    /// Section 4.4.1, table 4-8: in a PDPTE bits 2:1 and 8:5 are reserved.
    #[test]
    fn a_directory_pointer_of_pae() {
        let table = Pte::new(Pfn(0x12345), TABLE_BITS);
        assert_eq!(encode_pae(table, 2), 0x1234_5001);
        assert_eq!(encode_pae(table, 1), 0x1234_5067);
        assert_eq!(decode_pae(0x1234_5001, 2), table);
    }

    /// Section 4.4.2, table 4-11: XD is bit 63, the frame is above 32 bits.
    #[test]
    fn a_page_of_pae() {
        let pte = Pte::new(Pfn(0x12_3456), PteFlags::PRESENT | PteFlags::USER | PteFlags::NO_EXECUTE);
        assert_eq!(encode_pae(pte, 0), 0x8000_0001_2345_6005);
    }

    /// A swap entry is neither present nor PROT_NONE (Linux: arch/x86/include/asm/pgtable-2level.h has bits 0 and 8 clear).
    #[test]
    fn a_swap_entry_of_32_bits() {
        assert_eq!(encode(Pte::swap(SlotId(5), true)), 5 << 10 | 1 << 7 | 1 << 1);
    }
}
