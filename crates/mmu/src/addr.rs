//! Address newtypes: guest virtual addresses and page frame numbers.
//!
//! Arithmetic wraps nowhere silently: `checked_add` where a caller's number comes in, plain operators inside.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, Sub};

/// A guest virtual address, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct VirtAddr(u64);

impl VirtAddr {
    /// The address with this number.
    #[inline]
    pub const fn new(addr: u64) -> Self {
        VirtAddr(addr)
    }

    /// The number.
    #[inline]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The address `bytes` higher, if that is below 2^64.
    pub fn checked_add(self, bytes: u64) -> Option<Self> {
        self.0.checked_add(bytes).map(VirtAddr)
    }

    /// Rounded down to a multiple of `align`, a power of two.
    #[inline]
    pub const fn align_down(self, align: u64) -> Self {
        VirtAddr(self.0 & !(align - 1))
    }

    /// Rounded up to a multiple of `align`, a power of two; wraps to 0 at the end of the address space.
    #[inline]
    pub const fn align_up(self, align: u64) -> Self {
        VirtAddr(self.0.wrapping_add(align - 1) & !(align - 1))
    }

    /// Whether it is a multiple of `align`, a power of two.
    #[inline]
    pub const fn is_aligned(self, align: u64) -> bool {
        self.0 & (align - 1) == 0
    }
}

impl Add<u64> for VirtAddr {
    type Output = VirtAddr;
    #[inline]
    fn add(self, bytes: u64) -> VirtAddr {
        VirtAddr(self.0.wrapping_add(bytes))
    }
}

impl Sub<u64> for VirtAddr {
    type Output = VirtAddr;
    #[inline]
    fn sub(self, bytes: u64) -> VirtAddr {
        VirtAddr(self.0.wrapping_sub(bytes))
    }
}

impl Sub<VirtAddr> for VirtAddr {
    type Output = u64;
    #[inline]
    fn sub(self, other: VirtAddr) -> u64 {
        self.0.wrapping_sub(other.0)
    }
}

impl fmt::Display for VirtAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl fmt::LowerHex for VirtAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::LowerHex::fmt(&self.0, f)
    }
}

/// A page frame number: the physical address divided by the base page size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Pfn(pub u32);

impl Pfn {
    /// The number as an index of host slices.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl Add<u32> for Pfn {
    type Output = Pfn;
    #[inline]
    fn add(self, frames: u32) -> Pfn {
        Pfn(self.0 + frames)
    }
}
