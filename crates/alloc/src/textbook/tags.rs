//! Boundary tags: the word before and the word behind each block say its size and whether it is in use.
//!
//! A piece of memory is tag, payload, tag; its size counts both tags and is a multiple of 16. A free piece's payload begins
//! with the links of the free list. An area from the system begins and ends with a tag that is always in use.

use memtwin_kernel::Signal;

use crate::Os;

/// Bytes of a tag.
pub(super) const TAG: u64 = 8;
/// The smallest piece: two tags and two links.
pub(super) const MIN_PIECE: u64 = 32;
/// In a tag: the piece is in use.
pub(super) const IN_USE: u64 = 1;

/// A piece by the address of its first tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) at: u64,
    pub(super) size: u64,
}

impl Piece {
    /// The piece of a block.
    pub(super) fn of_block<O: Os>(os: &mut O, mem: u64) -> Result<Self, Signal> {
        Self::at(os, mem.wrapping_sub(TAG))
    }

    /// The piece whose first tag is at `at`.
    pub(super) fn at<O: Os>(os: &mut O, at: u64) -> Result<Self, Signal> {
        Ok(Self { at, size: os.load64(at)? & !IN_USE })
    }

    /// Its block's address.
    pub(super) fn block(self) -> u64 {
        self.at.wrapping_add(TAG)
    }

    /// The address behind it.
    pub(super) fn end(self) -> u64 {
        self.at.wrapping_add(self.size)
    }

    /// Writes both tags.
    pub(super) fn write<O: Os>(self, os: &mut O, in_use: bool) -> Result<(), Signal> {
        let tag = self.size | if in_use { IN_USE } else { 0 };
        os.store64(self.at, tag)?;
        os.store64(self.end().wrapping_sub(TAG), tag)
    }

    /// The piece behind, if it is free.
    pub(super) fn free_behind<O: Os>(self, os: &mut O) -> Result<Option<Self>, Signal> {
        let tag = os.load64(self.end())?;
        Ok((tag & IN_USE == 0).then_some(Self { at: self.end(), size: tag }))
    }

    /// The piece before, if it is free.
    pub(super) fn free_before<O: Os>(self, os: &mut O) -> Result<Option<Self>, Signal> {
        let tag = os.load64(self.at.wrapping_sub(TAG))?;
        Ok((tag & IN_USE == 0).then_some(Self { at: self.at.wrapping_sub(tag), size: tag }))
    }
}

/// The tag at an area's start or end.
pub(super) fn write_border<O: Os>(os: &mut O, at: u64) -> Result<(), Signal> {
    os.store64(at, IN_USE)
}
