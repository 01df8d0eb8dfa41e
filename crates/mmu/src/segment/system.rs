//! Descriptors of the processor's own tables: Intel SDM volume 3, section 3.5 (table 3-2, system descriptor types) and 3.5.1.
//!
//! Of a local descriptor table the global one has a descriptor, type 2 with S clear, from which LLDT loads LDTR. Left out: task state
//! segments and gates.

use serde::{Deserialize, Serialize};

const LDT: u64 = 2 << 40;
const KIND: u64 = 0x1f << 40;
const PRESENT: u64 = 1 << 47;

/// Where a local descriptor table is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalTable {
    /// The linear address of its first byte.
    pub base: u32,
    /// The offset of its last byte, of 16 bits: 8 a descriptor, less one.
    pub limit: u16,
}

impl LocalTable {
    /// The 8 bytes in the global table, of privilege level 0.
    pub fn encode(self) -> u64 {
        let base = u64::from(self.base);
        u64::from(self.limit) | (base & 0xff_ffff) << 16 | (base >> 24) << 56 | LDT | PRESENT
    }

    /// The table that 8 bytes describe; None for another descriptor and one that is not present.
    pub fn decode(word: u64) -> Option<LocalTable> {
        let base = (word >> 16 & 0xff_ffff | word >> 56 << 24) as u32;
        (word & (KIND | PRESENT) == LDT | PRESENT).then_some(LocalTable { base, limit: word as u16 })
    }

    /// The linear address of descriptor `index`; None if its 8 bytes are not within the limit (section 3.5.1).
    pub fn entry(self, index: usize) -> Option<u32> {
        let offset = index * 8;
        (offset + 7 <= usize::from(self.limit)).then(|| self.base.wrapping_add(offset as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SDM volume 3, figure 3-8 and table 3-2: S (44) clear, type (43:40) 2, DPL 0, P (47) set.
    #[test]
    fn a_local_table_s_descriptor() {
        let table = LocalTable { base: 0x1234_5000, limit: 0x27 };
        assert_eq!(table.encode(), 0x1200_8234_5000_0027);
        assert_eq!(LocalTable::decode(table.encode()), Some(table));
        assert_eq!(LocalTable::decode(table.encode() & !PRESENT), None);
        assert_eq!(LocalTable::decode(0x00cf_f300_0000_ffff), None, "a data segment");
    }

    /// Section 3.5.1: a limit one less than a multiple of 8 admits whole descriptors only.
    #[test]
    fn its_limit_is_its_last_byte() {
        let table = LocalTable { base: 0x1000, limit: 0x27 };
        assert_eq!((table.entry(4), table.entry(5)), (Some(0x1020), None));
        assert_eq!(LocalTable { base: 0, limit: 0x26 }.entry(4), None);
    }
}
