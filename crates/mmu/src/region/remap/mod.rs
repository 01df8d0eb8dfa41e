//! Moving and resizing mappings (Linux 6.17 and later: `do_mremap` of mm/mremap.c).
//!
//! What Linux keeps in `struct vma_remap_struct` is `Remap`: some steps change the lengths or the place for the next.

mod check;
mod in_place;
mod moving;
mod to;

use super::RegionError;
use crate::{Machine, MmId, VirtAddr, VmaId};

/// The arguments of mremap, raw as in the registers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MremapRequest {
    /// The mapping's address.
    pub addr: u64,
    /// Its length in bytes; 0 duplicates shared memory.
    pub old_len: u64,
    /// The length wanted, in bytes.
    pub new_len: u64,
    /// MREMAP_MAYMOVE.
    pub may_move: bool,
    /// MREMAP_FIXED.
    pub fixed: bool,
    /// MREMAP_DONTUNMAP.
    pub dont_unmap: bool,
    /// The place wanted, or with DONTUNMAP alone a hint.
    pub new_addr: u64,
}

/// How the length changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resize {
    None,
    Shrink,
    Expand,
}

/// An mremap under way: the request with page-aligned lengths and the mapping it is about.
#[derive(Clone, Copy, Debug)]
struct Remap {
    mm: MmId,
    ask: MremapRequest,
    vma: VmaId,
    resize: Resize,
    /// By how much the length changes, in bytes.
    delta: u64,
    /// A locked mapping grows: what is new is to be populated.
    populate: bool,
}

impl Machine {
    /// Resizes or moves; the address afterwards.
    ///
    /// # Errors
    /// `Invalid` for arguments that make no sense, `Fault` where no mapping, or not one mapping, is, `NoMemory` over a limit or
    /// without room, `Again` over RLIMIT_MEMLOCK, `Permission` for a place below `mmap_min_addr`. With FIXED the new place may be
    /// unmapped by then, and of several mappings the first ones moved.
    pub fn do_mremap(&mut self, mm: MmId, ask: &MremapRequest) -> Result<u64, RegionError> {
        let ask = MremapRequest {
            old_len: self.page_align(ask.old_len),
            new_len: self.page_align(ask.new_len),
            ..*ask
        };
        self.check_mremap_params(mm, &ask)?;
        if ask.fixed && ask.old_len == ask.new_len {
            return self.remap_move(mm, &ask);
        }
        let vma = self.mm(mm).vmas.at(VirtAddr::new(ask.addr)).ok_or(RegionError::Fault)?;
        let mut remap = self.check_prep_vma(mm, &ask, vma)?;
        let addr =
            if ask.implies_new_addr() { self.mremap_to(&mut remap)? } else { self.mremap_at(&mut remap)? };
        if remap.populate {
            self.mm_populate(mm, addr + remap.ask.old_len, remap.delta);
        }
        Ok(addr)
    }

    /// Moves all mappings of a range, the gaps between them kept (Linux: `remap_move`).
    fn remap_move(&mut self, mm: MmId, ask: &MremapRequest) -> Result<u64, RegionError> {
        let end = VirtAddr::new(ask.addr.wrapping_add(ask.old_len));
        let mut at = VirtAddr::new(ask.addr);
        let mut target = ask.new_addr;
        let mut result = Err(RegionError::Fault);
        let mut last_end = at;
        while let Some(id) = self.first_in(mm, at, end).filter(|_| at < end) {
            let vma = *self.mm(mm).vmas.get(id);
            if result.is_err() && at < vma.start {
                return Err(RegionError::Fault);
            }
            let start = at.max(vma.start);
            let len = end.min(vma.end) - start;
            target += if result.is_ok() { vma.start - last_end } else { 0 };
            let part =
                MremapRequest { addr: start.get(), old_len: len, new_len: len, new_addr: target, ..*ask };
            let mut remap = self.check_prep_vma(mm, &part, id)?;
            let moved = self.mremap_to(&mut remap)?;
            result = result.or(Ok(moved));
            target = moved + len;
            last_end = vma.end;
            at = vma.end;
        }
        result
    }
}

impl MremapRequest {
    /// Whether a new place is sure to be taken (Linux: `vrm_implies_new_addr`).
    fn implies_new_addr(&self) -> bool {
        self.fixed || self.dont_unmap
    }
}
