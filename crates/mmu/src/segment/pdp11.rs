//! Separate instruction and data spaces of the PDP-11/70 and /45: PDP-11/70 Processor Handbook, chapter 6 "Memory Management" (page
//! address register, page descriptor register).
//!
//! A space is 64 KiB in eight pages of up to 8 KiB. The PAR holds the page's first block of 64 bytes; the PDR: access 2:0 (2 read-only, 6
//! read-write, 0 not resident), ED 3 (grows down), W 6, A 7, PLF 14:8 (the last valid block, of one that grows down the first). Fetches
//! go through the eight pages of the I space, all else through those of the D space.

use super::descriptor::SegmentFault;
use crate::Access;
use serde::{Deserialize, Serialize};

/// Bytes of a space.
pub const SPACE_BYTES: u64 = 64 << 10;
/// Bytes of the largest page.
pub const PAGE_BYTES: u64 = 8 << 10;
/// Bytes of the registers of a process: an address and a descriptor register for each of sixteen pages.
pub const REGISTER_BYTES: u64 = 16 * 4;
const BLOCK_BYTES: u32 = 64;
const READ_ONLY: u16 = 2;
const READ_WRITE: u16 = 6;
const ACCESS_BITS: u16 = 7;
const EXPAND_DOWN: u16 = 1 << 3;

/// A page: its two registers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageRegisters {
    /// The address register: physical block.
    pub par: u16,
    /// The descriptor register.
    pub pdr: u16,
}

impl PageRegisters {
    /// A page of `blocks` blocks (1 to 128) from physical block `first` on.
    pub fn new(first: u16, blocks: u16, writable: bool, grows_down: bool) -> PageRegisters {
        let length = if grows_down { 128 - blocks } else { blocks - 1 } & 0x7f;
        let access = if writable { READ_WRITE } else { READ_ONLY };
        PageRegisters { par: first, pdr: length << 8 | access | if grows_down { EXPAND_DOWN } else { 0 } }
    }

    /// The physical address of a 16-bit virtual one, 22 bits.
    ///
    /// # Errors
    /// Not resident, beyond the length, read-only.
    pub fn translate(&self, addr: u16, access: Access) -> Result<u32, SegmentFault> {
        let (block, in_block) = (u32::from(addr) >> 6 & 0x7f, u32::from(addr) % BLOCK_BYTES);
        let length = u32::from(self.pdr >> 8 & 0x7f);
        let inside = if self.pdr & EXPAND_DOWN == 0 { block <= length } else { block >= length };
        match self.pdr & ACCESS_BITS {
            READ_ONLY if access == Access::Write => Err(SegmentFault::Type),
            READ_ONLY | READ_WRITE if !inside => Err(SegmentFault::Limit),
            READ_ONLY | READ_WRITE => Ok((u32::from(self.par) + block) * BLOCK_BYTES + in_block),
            _ => Err(SegmentFault::NotPresent),
        }
    }
}

/// A process's two spaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spaces {
    /// Instructions.
    pub i: [PageRegisters; 8],
    /// Data.
    pub d: [PageRegisters; 8],
}

impl Spaces {
    /// The physical address of a virtual one.
    ///
    /// # Errors
    /// As [`PageRegisters::translate`].
    pub fn translate(&self, addr: u16, access: Access) -> Result<u32, SegmentFault> {
        let space = if access == Access::Fetch { &self.i } else { &self.d };
        space[usize::from(addr >> 13)].translate(addr, access)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Chapter 6, figures "Page Address Register" and "Page Descriptor Register": PLF 14:8, ED 3, ACF 2:0.
    #[test]
    fn registers() {
        assert_eq!(PageRegisters::new(0o1460, 128, true, false).pdr, 0o77406);
        assert_eq!(PageRegisters::new(0, 3, false, false).pdr, 0o1002);
        assert_eq!(PageRegisters::new(0, 2, true, true).pdr, 126 << 8 | 0o16);
    }

    /// The same: block number plus PAR, then the displacement in the block.
    #[test]
    fn spaces_are_apart() {
        let mut spaces = Spaces::default();
        spaces.i[0] = PageRegisters::new(0o100, 2, false, false);
        spaces.d[0] = PageRegisters::new(0o200, 1, true, false);
        spaces.d[7] = PageRegisters::new(0o300, 1, true, true);
        assert_eq!(spaces.translate(0o101, Access::Fetch), Ok(0o100 * 64 + 0o101));
        assert_eq!(spaces.translate(0o10, Access::Write), Ok(0o200 * 64 + 0o10));
        assert_eq!(spaces.translate(0o101, Access::Read), Err(SegmentFault::Limit));
        assert_eq!(spaces.translate(0o177776, Access::Write), Ok((0o300 + 127) * 64 + 62));
        assert_eq!(spaces.translate(0o20000, Access::Read), Err(SegmentFault::NotPresent));
    }
}
