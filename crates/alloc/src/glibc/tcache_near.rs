//! malloc from and free to the tcache where the words they need are near: the same words, without an access each.
//!
//! What is out of the ordinary, every failed check among it, gives `None` with nothing changed, and goes the long way.

use crate::Os;

use super::call::Call;
use super::chunk::{
    IS_MMAPPED, MALLOC_ALIGN_MASK, MINSIZE, NON_MAIN_ARENA, SIZE_SZ, chunksize, misaligned, protect_ptr,
};
use super::tcache::{COUNT_BYTES, ENTRIES, KEY, TCACHE_BYTES, csize2tidx};

/// A tcache's bytes.
type Tcache = [u8; TCACHE_BYTES as usize];

/// Accesses of `tcache_get`, and of `free` with `tcache_put`.
const GET_ACCESSES: u64 = 6;
const PUT_ACCESSES: u64 = 8;

impl<O: Os> Call<'_, O> {
    /// `tcache_get`, if the list is not empty.
    #[inline]
    pub(super) fn tcache_pop_near(&mut self, tcache: u64, index: u64) -> Option<u64> {
        if !self.lib.rules.random_key {
            return None;
        }
        let (count, mem) = list(self.os.near(tcache, 0)?, index)?;
        if count == 0 || misaligned(mem) {
            return None;
        }
        let block: &mut [u8; 16] = self.os.near(mem, 0)?;
        let next = protect_ptr(mem, word(block, 0)?);
        set_word(block, KEY, 0);
        set_list(self.os.near(tcache, GET_ACCESSES)?, index, count - 1, next);
        Some(mem)
    }

    /// free of a block whose chunk has its place in the tcache.
    #[inline]
    pub(super) fn tcache_free_near(&mut self, mem: u64) -> Option<()> {
        if !self.lib.rules.random_key {
            return None;
        }
        let header = mem.wrapping_sub(SIZE_SZ);
        let block: &mut [u8; 24] = self.os.near(header, 0)?;
        let (size_word, key) = (word(block, 0)?, word(block, SIZE_SZ + KEY)?);
        let size = chunksize(size_word);
        let plain = size_word & (IS_MMAPPED | NON_MAIN_ARENA) == 0
            && size & MALLOC_ALIGN_MASK == 0
            && size >= MINSIZE;
        let (index, tcache) = (csize2tidx(size), self.tls().tcache);
        if !plain || misaligned(mem) || index >= self.lib.par.tcache_bins || key == self.lib.tcache_key {
            return None;
        }
        let tcache: &mut Tcache = if tcache == 0 { None } else { self.os.near(tcache, PUT_ACCESSES) }?;
        let (count, first) = list(tcache, index)?;
        if count >= self.lib.par.tcache_count {
            return None;
        }
        set_list(tcache, index, count + 1, mem);
        let block: &mut [u8; 24] = self.os.near(header, 0)?;
        set_word(block, SIZE_SZ + KEY, self.lib.tcache_key);
        set_word(block, SIZE_SZ, protect_ptr(mem, first));
        Some(())
    }
}

/// A list's count and first block.
#[inline]
fn list(tcache: &mut Tcache, index: u64) -> Option<(u64, u64)> {
    let at = (COUNT_BYTES * index) as usize;
    let count = u16::from_le_bytes(*tcache.get(at..)?.first_chunk()?);
    Some((count.into(), word(tcache, ENTRIES + 8 * index)?))
}

#[inline]
fn set_list(tcache: &mut Tcache, index: u64, count: u64, first: u64) {
    let at = (COUNT_BYTES * index) as usize;
    if let Some(bytes) = tcache.get_mut(at..at + 2) {
        bytes.copy_from_slice(&(count as u16).to_le_bytes());
    }
    set_word(tcache, ENTRIES + 8 * index, first);
}

#[inline]
fn word(bytes: &[u8], at: u64) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at as usize..)?.first_chunk()?))
}

#[inline]
fn set_word(bytes: &mut [u8], at: u64, value: u64) {
    if let Some(bytes) = bytes.get_mut(at as usize..at as usize + 8) {
        bytes.copy_from_slice(&value.to_le_bytes());
    }
}
