//! The bins: which one a size belongs to, the map of those that may hold chunks, and taking a chunk off one.

use crate::{Abort, Os};

use super::call::{Call, Res};
use super::chunk::{BK, BK_NEXTSIZE, FD, FD_NEXTSIZE, chunksize};
use super::state::BINMAP;

/// `MIN_LARGE_SIZE`: chunks below are in small bins, of one size each.
const MIN_LARGE_SIZE: u64 = 1024;

/// `in_smallbin_range`.
#[inline]
pub(super) fn in_smallbin_range(size: u64) -> bool {
    size < MIN_LARGE_SIZE
}

/// `smallbin_index`.
#[inline]
pub(super) fn smallbin_index(size: u64) -> u64 {
    size >> 4
}

/// `largebin_index`: steps of 64, 512, 4096, 32768 and 262144 bytes, and one bin for the rest.
#[inline]
pub(super) fn largebin_index(size: u64) -> u64 {
    match size {
        _ if size >> 6 <= 48 => 48 + (size >> 6),
        _ if size >> 9 <= 20 => 91 + (size >> 9),
        _ if size >> 12 <= 10 => 110 + (size >> 12),
        _ if size >> 15 <= 4 => 119 + (size >> 15),
        _ if size >> 18 <= 2 => 124 + (size >> 18),
        _ => 126,
    }
}

/// `bin_index`.
#[inline]
pub(super) fn bin_index(size: u64) -> u64 {
    if in_smallbin_range(size) { smallbin_index(size) } else { largebin_index(size) }
}

/// The address of the int of the bin map that `index2block` names.
#[inline]
pub(super) fn binmap(arena: u64, block: u64) -> u64 {
    arena.wrapping_add(BINMAP + 4 * block)
}

impl<O: Os> Call<'_, O> {
    /// `mark_bin`: the bin holds a chunk.
    #[inline]
    pub(super) fn mark_bin(&mut self, arena: u64, index: u64) -> Res<()> {
        let map = binmap(arena, index / 32);
        let bits = self.ld32(map)?;
        self.st32(map, bits | 1 << (index % 32))
    }

    /// `unlink_chunk`: takes a free chunk off its bin.
    pub(super) fn unlink_chunk(&mut self, chunk: u64) -> Res<()> {
        let word = self.size_word(chunk)?;
        let size = chunksize(word);
        if self.prev_size(chunk.wrapping_add(size))? != size {
            return Err(self.fail(Abort::UnlinkPrevSize));
        }
        let fd = self.ld(chunk.wrapping_add(FD))?;
        let bk = self.ld(chunk.wrapping_add(BK))?;
        if self.ld(fd.wrapping_add(BK))? != chunk || self.ld(bk.wrapping_add(FD))? != chunk {
            return Err(self.fail(Abort::UnlinkList));
        }
        self.st(fd.wrapping_add(BK), bk)?;
        self.st(bk.wrapping_add(FD), fd)?;
        if in_smallbin_range(word) {
            return Ok(());
        }
        let fd_nextsize = self.ld(chunk.wrapping_add(FD_NEXTSIZE))?;
        if fd_nextsize == 0 { Ok(()) } else { self.unlink_size(chunk, fd, fd_nextsize) }
    }

    /// Takes the first chunk of its size off the list of sizes; `fd` takes its place if it is of the same size.
    fn unlink_size(&mut self, chunk: u64, fd: u64, fd_nextsize: u64) -> Res<()> {
        if self.ld(fd_nextsize.wrapping_add(BK_NEXTSIZE))? != chunk {
            return Err(self.fail(Abort::UnlinkSizeList));
        }
        let bk_nextsize = self.ld(chunk.wrapping_add(BK_NEXTSIZE))?;
        if self.ld(bk_nextsize.wrapping_add(FD_NEXTSIZE))? != chunk {
            return Err(self.fail(Abort::UnlinkSizeList));
        }
        if self.ld(fd.wrapping_add(FD_NEXTSIZE))? != 0 {
            self.st(fd_nextsize.wrapping_add(BK_NEXTSIZE), bk_nextsize)?;
            return self.st(bk_nextsize.wrapping_add(FD_NEXTSIZE), fd_nextsize);
        }
        if fd_nextsize == chunk {
            self.st(fd.wrapping_add(FD_NEXTSIZE), fd)?;
            return self.st(fd.wrapping_add(BK_NEXTSIZE), fd);
        }
        self.st(fd.wrapping_add(FD_NEXTSIZE), fd_nextsize)?;
        self.st(fd.wrapping_add(BK_NEXTSIZE), bk_nextsize)?;
        self.st(fd_nextsize.wrapping_add(BK_NEXTSIZE), fd)?;
        self.st(bk_nextsize.wrapping_add(FD_NEXTSIZE), fd)
    }
}
