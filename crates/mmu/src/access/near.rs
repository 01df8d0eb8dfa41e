//! Bytes that can be read and written without an access each: what a caller does that knows beforehand which accesses it will make.

use crate::{Machine, VirtAddr};

/// Bytes of the running address space that can be read and written at once; the number is their giver's affair.
#[derive(Clone, Copy, Debug)]
pub struct Near(pub usize);

impl Machine {
    /// Where the host has the `N` bytes at `addr`, if no access to them would change anything but the bytes: the load there that
    /// comes next is looked up now, if the TLB has the page. Good until the next access that is made another way.
    ///
    /// `None` leaves that load to be made, or another at `addr`, before any access elsewhere.
    #[inline(always)]
    pub fn near<const N: usize>(&mut self, addr: VirtAddr) -> Option<Near> {
        match self.phys.host.windows.for_store(addr, N as u64) {
            Some(at) => Some(Near(at)),
            None => self.bring_near(addr, N),
        }
    }

    /// The same for a load that does not come next, but after others at `first`, which is near and stays so.
    #[inline(always)]
    pub fn near_beside<const N: usize>(&mut self, addr: VirtAddr, first: VirtAddr) -> Option<Near> {
        match self.phys.host.windows.for_store(addr, N as u64) {
            Some(at) => Some(Near(at)),
            None if self.tlb.keeps_apart(addr, first) => self.bring_near(addr, N),
            None => None,
        }
    }

    #[cold]
    #[inline(never)]
    fn bring_near(&mut self, addr: VirtAddr, len: usize) -> Option<Near> {
        if self.crosses(addr, len) || self.segments.is_some() || !self.tlb.is_plain() {
            return None;
        }
        self.check_canonical(addr).ok()?;
        let page = self.tlb.lookup_base(addr, &mut self.phys.host.windows)?;
        self.show_base(addr, page, len, false);
        self.phys.host.windows.for_store(addr, len as u64).map(Near)
    }

    /// The first `N` of the bytes that are near.
    #[inline(always)]
    pub fn near_bytes<const N: usize>(&mut self, near: Near) -> Option<&mut [u8; N]> {
        self.phys.host.chunk_at(near.0)
    }

    /// Counts accesses that were made by way of [`near_bytes`](Self::near_bytes).
    #[inline(always)]
    pub fn count_near(&mut self, accesses: u64) {
        self.tlb.stats.accesses += accesses;
    }
}
