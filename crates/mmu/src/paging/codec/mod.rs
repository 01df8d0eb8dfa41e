//! What an entry's bits mean in each format: between the machine's neutral [`Pte`] and the word in the table.
//!
//! The neutral form is x86-64's, so for that format both are the same word. Where a format has no bit for something the neutral form
//! says, its file says what becomes of it. Each test names the section of the manual it was made from.

mod arm;
mod legacy;
mod riscv;

use super::formats::FormatName;
use super::{Format, Pte, PteFlags};
use crate::swap::SlotId;

/// What every entry that points to a table says in the neutral form.
pub(crate) const TABLE_BITS: PteFlags = PteFlags::PRESENT
    .union(PteFlags::WRITABLE)
    .union(PteFlags::USER)
    .union(PteFlags::ACCESSED)
    .union(PteFlags::DIRTY);

/// An entry that maps nothing, taken apart.
enum Absent {
    /// Empty.
    None,
    /// A guard marker.
    Guard,
    /// A swap slot.
    Swap(SlotId, bool),
    /// A page that PROT_NONE keeps from all access.
    Protnone,
}

impl Absent {
    /// What a neutral entry that is not present says.
    fn of(pte: Pte) -> Absent {
        match pte.swap_slot() {
            Some((slot, exclusive)) => Absent::Swap(slot, exclusive),
            None if pte.is_protnone() => Absent::Protnone,
            None if pte.is_none() => Absent::None,
            None => Absent::Guard,
        }
    }
}

impl Format {
    /// Whether its words are the neutral entries themselves.
    #[inline]
    pub const fn is_plain(&self) -> bool {
        matches!(self.name, FormatName::X86_64 | FormatName::X86_64La57) || self.name.is_hashed()
    }

    /// The word for an entry at `level`.
    pub fn encode(&self, pte: Pte, level: u32) -> u64 {
        match self.name {
            _ if self.is_plain() => pte.0,
            FormatName::X86Pae => legacy::encode_pae(pte, level),
            name if name.is_legacy() => legacy::encode(pte),
            FormatName::Sv32 | FormatName::Sv39 | FormatName::Sv48 | FormatName::Sv57 => {
                riscv::encode(pte, level)
            }
            _ => arm::encode(pte, level, self.page_shift),
        }
    }

    /// The entry that a word at `level` is.
    pub fn decode(&self, word: u64, level: u32) -> Pte {
        match self.name {
            _ if self.is_plain() => Pte(word),
            FormatName::X86Pae => legacy::decode_pae(word, level),
            name if name.is_legacy() => legacy::decode(word),
            FormatName::Sv32 | FormatName::Sv39 | FormatName::Sv48 | FormatName::Sv57 => {
                riscv::decode(word, level)
            }
            _ => arm::decode(word, level, self.page_shift),
        }
    }

    /// How many swap slots an entry can name.
    pub const fn swap_slots(&self) -> u64 {
        match self.name {
            name if name.is_legacy() => 1 << legacy::SWAP_BITS,
            FormatName::Sv32 => 1 << riscv::SWAP_BITS_32,
            _ => 1 << 32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pfn;
    use proptest::prelude::*;

    /// What the machine keeps in entries: any page with any rights, PROT_NONE, swap slots, guards.
    fn entries() -> impl Strategy<Value = Pte> {
        let page = (0..1_u32 << 20, any::<[bool; 6]>()).prop_map(
            |(pfn, [write, young, dirty, special, nx, none])| {
                let bit = |on: bool, flag| if on { flag } else { PteFlags::empty() };
                let there = if none {
                    PteFlags::GLOBAL
                } else {
                    PteFlags::PRESENT | PteFlags::USER | bit(write, PteFlags::WRITABLE)
                };
                let used = bit(young, PteFlags::ACCESSED) | bit(dirty, PteFlags::DIRTY);
                Pte::new(
                    Pfn(pfn),
                    there | used | bit(special, PteFlags::SPECIAL) | bit(nx || none, PteFlags::NO_EXECUTE),
                )
            },
        );
        let swap = (0..1_u32 << 20, any::<bool>()).prop_map(|(slot, own)| Pte::swap(SlotId(slot), own));
        prop_oneof![8 => page, 2 => swap, 1 => Just(Pte::GUARD), 1 => Just(Pte::NONE)]
    }

    proptest! {
        /// Only no-execute may be lost, and only where the format has no bit for it.
        #[test]
        fn what_is_written_is_read(pte in entries()) {
            for name in FormatName::ALL {
                let format = name.format();
                let lossy = name.is_legacy();
                let kept = if lossy { pte.without(PteFlags::NO_EXECUTE) } else { pte };
                prop_assert_eq!(format.decode(format.encode(pte, 0), 0), kept, "{}", name);
                let huge = pte.with(PteFlags::HUGE);
                if pte.is_mapped() && format.huge_pages {
                    prop_assert_eq!(format.decode(format.encode(huge, 1), 1), huge, "{} huge", name);
                }
                let table = Pte::new(pte.pfn(), TABLE_BITS);
                for level in 1..format.levels {
                    prop_assert_eq!(format.decode(format.encode(table, level), level), table, "{} {}", name, level);
                }
                prop_assert!(format.entry_shift == 3 || format.encode(pte, 0) < 1 << 32);
            }
        }
    }
}
