//! RISC-V: the privileged specification, chapter "Supervisor-Level ISA", section "Sv32" (figure "Sv32 page table entry", table
//! "Encoding of PTE R/W/X fields") and sections Sv39, Sv48 and Sv57, whose entries are alike but for the width of the page number.
//!
//! V 0, R 1, W 2, X 3, U 4, G 5, A 6, D 7, RSW 9:8, PPN from bit 10. A valid entry without R, W and X points to a table; its D, A
//! and U are reserved. Accessed and dirty bits are set by the hardware (Svadu). Linux's special mark is the lower RSW bit.
//!
//! Differs from Linux: a mapping with PROT_EXEC alone is readable, as on x86.

use super::{Absent, TABLE_BITS};
use crate::Pfn;
use crate::paging::{Pte, PteFlags};
use crate::swap::SlotId;

const V: u64 = 1;
const R: u64 = 1 << 1;
const X: u64 = 1 << 3;
/// Without V: PROT_NONE (Linux: `_PAGE_PROT_NONE`).
const G: u64 = 1 << 5;
/// Without V: a swap slot that nobody else names (Linux: `_PAGE_SWP_EXCLUSIVE`).
const SWAP_EXCLUSIVE: u64 = 1 << 6;
const PPN_SHIFT: u32 = 10;

/// The lowest bit of the swap type, which is 1 for slots and 2 for a marker here.
const SWAP_TYPE: u64 = 1 << 7;
const GUARD: u64 = 1 << 8;
const SWAP_SHIFT: u32 = 12;
/// log2 of the swap slots that an entry of Sv32 can name.
pub(super) const SWAP_BITS_32: u32 = 32 - SWAP_SHIFT;

/// Neutral flags and the bits that say the same.
const SAME: [(PteFlags, u64); 6] = [
    (PteFlags::WRITABLE, 1 << 2),
    (PteFlags::USER, 1 << 4),
    (PteFlags::GLOBAL, G),
    (PteFlags::ACCESSED, 1 << 6),
    (PteFlags::DIRTY, 1 << 7),
    (PteFlags::SPECIAL, 1 << 8),
];

pub(super) fn encode(pte: Pte, level: u32) -> u64 {
    let ppn = u64::from(pte.pfn().0) << PPN_SHIFT;
    if pte.is_present() {
        return match level > 0 && !pte.has(PteFlags::HUGE) {
            true => ppn | V,
            false => ppn | V | R | leaf_bits(pte),
        };
    }
    match Absent::of(pte) {
        Absent::None => 0,
        Absent::Guard => GUARD,
        Absent::Protnone => ppn | R | leaf_bits(pte),
        Absent::Swap(slot, exclusive) => {
            u64::from(slot.0) << SWAP_SHIFT | SWAP_TYPE | if exclusive { SWAP_EXCLUSIVE } else { 0 }
        }
    }
}

fn leaf_bits(pte: Pte) -> u64 {
    let execute = if pte.has(PteFlags::NO_EXECUTE) { 0 } else { X };
    SAME.iter().filter(|(flag, _)| pte.has(*flag)).fold(execute, |all, (_, bit)| all | bit)
}

pub(super) fn decode(word: u64, level: u32) -> Pte {
    let pfn = Pfn((word >> PPN_SHIFT) as u32);
    match word {
        0 => Pte::NONE,
        _ if word & V == 0 && word & (R | G) != R | G => decode_absent(word),
        _ if level > 0 && word & (R | X) == 0 => Pte::new(pfn, TABLE_BITS),
        _ => {
            let here = if word & V != 0 { PteFlags::PRESENT } else { PteFlags::empty() };
            let huge = if level > 0 { PteFlags::HUGE } else { PteFlags::empty() };
            let execute = if word & X == 0 { PteFlags::NO_EXECUTE } else { PteFlags::empty() };
            let same = SAME.iter().filter(|(_, bit)| word & bit != 0);
            Pte::new(pfn, same.fold(here | huge | execute, |all, (flag, _)| all | *flag))
        }
    }
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

    const PAGE: PteFlags = PteFlags::PRESENT.union(PteFlags::USER);

    /// Privileged specification, section "Virtual Memory" of Sv32, figure "Sv32 page table entry": V 0 … D 7, PPN 31:10.
    #[test]
    fn a_page() {
        let data = PAGE | PteFlags::WRITABLE | PteFlags::ACCESSED | PteFlags::DIRTY | PteFlags::NO_EXECUTE;
        assert_eq!(encode(Pte::new(Pfn(0x3_ffff), data), 0), 0x3_ffff << 10 | 0b1101_0111);
        let code = Pte::new(Pfn(1), PAGE | PteFlags::ACCESSED);
        assert_eq!(encode(code, 0), 1 << 10 | 0b0101_1011);
    }

    /// The same, table "Encoding of PTE R/W/X fields": all zero is a pointer to the next level; D, A and U are then reserved.
    #[test]
    fn a_pointer_to_a_table() {
        assert_eq!(encode(Pte::new(Pfn(7), TABLE_BITS), 1), 7 << 10 | 1);
    }

    /// Section Sv39: a leaf above level 0 is a superpage, told by R, W or X.
    #[test]
    fn a_megapage() {
        let pte = Pte::new(Pfn(512), PAGE | PteFlags::HUGE | PteFlags::NO_EXECUTE);
        assert_eq!(encode(pte, 1), 512 << 10 | 0b1_0011);
        assert_eq!(decode(512 << 10 | 0b1_0011, 1), pte);
    }

    /// Section Sv39, figure "Sv39 page table entry": the page number is 53:10, so frames go beyond 32 bits of address.
    #[test]
    fn a_frame_above_4_gib() {
        assert_eq!(
            encode(Pte::new(Pfn(u32::MAX), PAGE | PteFlags::NO_EXECUTE), 0) >> 10,
            u64::from(u32::MAX)
        );
    }
}
