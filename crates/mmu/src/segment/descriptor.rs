//! Segment descriptors as x86 has them: Intel SDM volume 3, section 3.4.5 (figure 3-8) and 3.4.5.1 (table 3-1).
//!
//! Base 39:16 and 63:56, limit 15:0 and 51:48, type 43:40, S 44, DPL 46:45, P 47, D/B 54, G 55. A data segment with E set grows down: the
//! offsets above the limit are valid. The processor's own
//! tables have descriptors in [`system`](super::system). Left out: conforming code, 64-bit code.

use crate::Access;
use serde::{Deserialize, Serialize};

/// What a segment is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SegmentType {
    /// Read-only data.
    ReadOnly,
    /// Data that may be written.
    ReadWrite,
    /// The same, growing down (a stack).
    ExpandDown,
    /// Code that may be read, too.
    Code,
}

/// A segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Descriptor {
    /// The linear address of offset 0.
    pub base: u32,
    /// The highest valid offset; of one that grows down, the highest that is not. With more than 20 bits, its low 12 are ones.
    pub limit: u32,
    /// Its type.
    pub kind: SegmentType,
    /// Its privilege level, 0 to 3.
    pub dpl: u8,
    /// Whether it is in memory.
    pub present: bool,
}

/// Why an access does not get through a segment.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, thiserror::Error,
)]
pub enum SegmentFault {
    /// No segment is meant, or none that the offset is in (#GP, #SS).
    #[error("beyond the limit")]
    Limit,
    /// The type forbids it (#GP).
    #[error("the type forbids it")]
    Type,
    /// The privilege level forbids it (#GP).
    #[error("not privileged")]
    Privilege,
    /// The null selector was used (#GP).
    #[error("the null selector")]
    Null,
    /// P is clear (#NP).
    #[error("not present")]
    NotPresent,
}

const ACCESSED: u64 = 1 << 40;
const WRITABLE_OR_READABLE: u64 = 1 << 41;
const EXPAND_DOWN: u64 = 1 << 42;
const CODE: u64 = 1 << 43;
const CODE_OR_DATA: u64 = 1 << 44;
const PRESENT: u64 = 1 << 47;
const BIG: u64 = 1 << 54;
const GRANULAR: u64 = 1 << 55;
/// The most that a limit in bytes can be.
const BYTE_LIMIT: u32 = 0xf_ffff;

impl Descriptor {
    /// The 8 bytes in a descriptor table, accessed already.
    pub fn encode(&self) -> u64 {
        let granular = self.limit > BYTE_LIMIT;
        let limit = u64::from(if granular { self.limit >> 12 } else { self.limit });
        let base = u64::from(self.base);
        let kind = match self.kind {
            SegmentType::ReadOnly => 0,
            SegmentType::ReadWrite => WRITABLE_OR_READABLE,
            SegmentType::ExpandDown => WRITABLE_OR_READABLE | EXPAND_DOWN,
            SegmentType::Code => WRITABLE_OR_READABLE | CODE,
        };
        (limit & 0xffff)
            | (base & 0xff_ffff) << 16
            | (limit >> 16) << 48
            | (base >> 24) << 56
            | u64::from(self.dpl & 3) << 45
            | kind
            | ACCESSED
            | CODE_OR_DATA
            | BIG
            | if self.present { PRESENT } else { 0 }
            | if granular { GRANULAR } else { 0 }
    }

    /// The segment that 8 bytes of a table describe; None for what is left out.
    pub fn decode(word: u64) -> Option<Descriptor> {
        let has = |bits: u64| word & bits == bits;
        let kind = match (has(CODE), has(EXPAND_DOWN), has(WRITABLE_OR_READABLE)) {
            _ if !has(CODE_OR_DATA) => return None,
            (true, false, true) => SegmentType::Code,
            (false, true, true) => SegmentType::ExpandDown,
            (false, false, true) => SegmentType::ReadWrite,
            (false, false, false) => SegmentType::ReadOnly,
            _ => return None,
        };
        let limit = (word & 0xffff | word >> 32 & 0xf_0000) as u32;
        Some(Descriptor {
            base: (word >> 16 & 0xff_ffff | word >> 56 << 24) as u32,
            limit: if has(GRANULAR) { limit << 12 | 0xfff } else { limit },
            kind,
            dpl: (word >> 45 & 3) as u8,
            present: has(PRESENT),
        })
    }

    /// The linear address of `offset` for an access of privilege level `cpl` (SDM volume 3, sections 5.3 to 5.5).
    ///
    /// # Errors
    /// What the processor would raise.
    pub fn translate(&self, offset: u32, access: Access, cpl: u8) -> Result<u32, SegmentFault> {
        if !self.present {
            return Err(SegmentFault::NotPresent);
        }
        if cpl > self.dpl {
            return Err(SegmentFault::Privilege);
        }
        let allowed = match access {
            Access::Read => true,
            Access::Write => matches!(self.kind, SegmentType::ReadWrite | SegmentType::ExpandDown),
            Access::Fetch => self.kind == SegmentType::Code,
        };
        if !allowed {
            return Err(SegmentFault::Type);
        }
        let inside = match self.kind {
            SegmentType::ExpandDown => offset > self.limit,
            _ => offset <= self.limit,
        };
        if !inside {
            return Err(SegmentFault::Limit);
        }
        Ok(self.base.wrapping_add(offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAT: Descriptor =
        Descriptor { base: 0, limit: u32::MAX, kind: SegmentType::Code, dpl: 3, present: true };

    /// SDM volume 3, figure 3-8 and table 3-1: Linux's flat user segments are 0x00cffb000000ffff and 0x00cff3000000ffff.
    #[test]
    fn flat_segments() {
        assert_eq!(FLAT.encode(), 0x00cf_fb00_0000_ffff);
        let data = Descriptor { kind: SegmentType::ReadWrite, ..FLAT };
        assert_eq!(data.encode(), 0x00cf_f300_0000_ffff);
    }

    /// Section 3.4.5: base in three fields, limit in two, in bytes where G is clear.
    #[test]
    fn a_small_segment_somewhere() {
        let segment = Descriptor {
            base: 0x1234_5678,
            limit: 0x9_abcd,
            kind: SegmentType::ReadOnly,
            dpl: 0,
            present: false,
        };
        assert_eq!(segment.encode(), 0x1249_1134_5678_abcd);
        assert_eq!(Descriptor::decode(segment.encode()), Some(segment));
    }

    /// Section 5.3: of a segment that grows down the offsets above the limit are valid.
    #[test]
    fn a_stack_grows_down() {
        let stack = Descriptor { limit: 0xbfff_dfff, kind: SegmentType::ExpandDown, ..FLAT };
        assert_eq!(Descriptor::decode(stack.encode()), Some(stack));
        assert_eq!(stack.translate(0xbfff_e000, Access::Write, 3), Ok(0xbfff_e000));
        assert_eq!(stack.translate(0xbfff_dfff, Access::Write, 3), Err(SegmentFault::Limit));
        assert_eq!(stack.translate(0xbfff_e000, Access::Fetch, 3), Err(SegmentFault::Type));
    }

    /// Sections 5.5 and 3.4.5: privilege and presence.
    #[test]
    fn privilege_and_presence() {
        let kernel = Descriptor { dpl: 0, ..FLAT };
        assert_eq!(kernel.translate(0, Access::Read, 3), Err(SegmentFault::Privilege));
        let gone = Descriptor { present: false, ..FLAT };
        assert_eq!(gone.translate(0, Access::Read, 3), Err(SegmentFault::NotPresent));
    }
}
