//! malloc from and free to the tcache where the words they need are near: the same words, without an access each.
//!
//! What is out of the ordinary, every failed check among it, gives `None` with nothing changed, and goes the long way.

use crate::{NearMemory, ThreadId};

use super::chunk::{
    IS_MMAPPED, MALLOC_ALIGN_MASK, MINSIZE, NON_MAIN_ARENA, SIZE_BITS, SIZE_SZ, chunksize, misaligned,
    protect_ptr, request2size,
};
use super::config::TCACHE_MAX_BINS;
use super::libc::Glibc;
use super::tcache::{ENTRIES, KEY, TCACHE_BYTES, csize2tidx};

/// A tcache's bytes.
type Tcache = [u8; TCACHE];

const TCACHE: usize = TCACHE_BYTES as usize;

/// Accesses of `tcache_get`, and of `free` with `tcache_put`.
const GET_ACCESSES: u64 = 6;
const PUT_ACCESSES: u64 = 8;

impl Glibc {
    /// malloc from the tcache's list, if that is not empty.
    #[inline(always)]
    pub(super) fn tcache_malloc_near<N: NearMemory>(
        &mut self,
        memory: &mut N,
        thread: ThreadId,
        bytes: u64,
    ) -> Option<u64> {
        let tcache = self.threads.get(thread.0 as usize)?.tcache;
        let index = csize2tidx(request2size(bytes)?);
        if !self.rules.random_key || tcache == 0 || index >= self.par.tcache_bins {
            return None;
        }
        let lists = memory.near::<TCACHE>(tcache)?;
        let (count, mem) = list(memory.near_bytes(lists)?, index);
        if count == 0 || mem == 0 || misaligned(mem) {
            return None;
        }
        let block = memory.near_beside::<16>(mem, tcache)?;
        let block: &mut [u8; 16] = memory.near_bytes(block)?;
        let next = protect_ptr(mem, word(block, 0)?);
        set_word(block, KEY, 0);
        set_list(memory.near_bytes(lists)?, index, count - 1, next);
        memory.count_near(GET_ACCESSES);
        self.account.given(mem, bytes);
        Some(mem)
    }

    /// free of a block whose chunk has its place in the tcache.
    #[inline(always)]
    pub(super) fn tcache_free_near<N: NearMemory>(
        &mut self,
        memory: &mut N,
        thread: ThreadId,
        mem: u64,
    ) -> Option<()> {
        let tcache = self.threads.get(thread.0 as usize)?.tcache;
        let at = memory.near::<24>(mem.wrapping_sub(SIZE_SZ))?;
        let block: &mut [u8; 24] = memory.near_bytes(at)?;
        let (size_word, key) = (word(block, 0)?, word(block, SIZE_SZ + KEY)?);
        let size = chunksize(size_word);
        let flags = IS_MMAPPED | NON_MAIN_ARENA | MALLOC_ALIGN_MASK & !SIZE_BITS;
        let plain = size_word & flags == 0 && size >= MINSIZE && !misaligned(mem);
        let known = self.rules.random_key && tcache != 0 && key != self.tcache_key;
        let index = csize2tidx(size);
        if !plain || !known || index >= self.par.tcache_bins {
            return None;
        }
        let lists = memory.near_beside::<TCACHE>(tcache, mem)?;
        let lists: &mut Tcache = memory.near_bytes(lists)?;
        let (count, first) = list(lists, index);
        if count >= self.par.tcache_count {
            return None;
        }
        set_list(lists, index, count + 1, mem);
        let block: &mut [u8; 24] = memory.near_bytes(at)?;
        set_word(block, SIZE_SZ + KEY, self.tcache_key);
        set_word(block, SIZE_SZ, protect_ptr(mem, first));
        memory.count_near(PUT_ACCESSES);
        self.account.taken(mem);
        Some(())
    }
}

/// The places of a list's count and its first block.
#[inline(always)]
fn places(tcache: &mut Tcache, index: u64) -> (&mut [u8; 2], &mut [u8; 8]) {
    let (counts, heads) = tcache.split_at_mut(ENTRIES as usize);
    let at = (index % TCACHE_MAX_BINS) as usize;
    (&mut counts.as_chunks_mut().0[at], &mut heads.as_chunks_mut().0[at])
}

/// A list's count and first block.
#[inline(always)]
fn list(tcache: &mut Tcache, index: u64) -> (u64, u64) {
    let (count, first) = places(tcache, index);
    (u16::from_le_bytes(*count).into(), u64::from_le_bytes(*first))
}

#[inline(always)]
fn set_list(tcache: &mut Tcache, index: u64, count: u64, first: u64) {
    let places = places(tcache, index);
    (*places.0, *places.1) = ((count as u16).to_le_bytes(), first.to_le_bytes());
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
