//! Loads, stores and instruction fetches on the address space that is switched to, with the page faults they meet.
//!
//! The way of an access: host window, TLB, page walk, [`Machine::handle_page_fault`], and again, as a processor restarts the
//! instruction. Intel SDM volume 3, chapter 4. All accesses are user-mode ones; there are no protection keys and no paging of
//! the kernel.

mod error;
mod near;
mod range;
mod resolve;
#[cfg(test)]
mod tests;

pub use error::{Access, AccessError, AccessErrorKind};
pub use near::Near;

use crate::phys::host::PIECE_BYTES;
use crate::{Machine, VirtAddr};

impl Machine {
    /// Loads `size` bytes (1 to 8), little-endian.
    ///
    /// # Errors
    /// When the access faults and the fault cannot be resolved.
    #[inline]
    pub fn load(&mut self, addr: VirtAddr, size: u32) -> Result<u64, AccessError> {
        match size {
            8 => self.load_bytes(addr).map(u64::from_le_bytes),
            4 => self.load_bytes(addr).map(|bytes| u32::from_le_bytes(bytes).into()),
            2 => self.load_bytes(addr).map(|bytes| u16::from_le_bytes(bytes).into()),
            1 => self.load_bytes(addr).map(|[byte]| byte.into()),
            _ => self.load_odd(addr, size),
        }
    }

    /// Stores the low `size` bytes (1 to 8) of `value`, little-endian.
    ///
    /// # Errors
    /// When the access faults and the fault cannot be resolved; nothing is written then.
    #[inline]
    pub fn store(&mut self, addr: VirtAddr, value: u64, size: u32) -> Result<(), AccessError> {
        match size {
            8 => self.store_bytes(addr, value.to_le_bytes()),
            4 => self.store_bytes(addr, (value as u32).to_le_bytes()),
            2 => self.store_bytes(addr, (value as u16).to_le_bytes()),
            1 => self.store_bytes(addr, [value as u8]),
            _ => self.store_odd(addr, value, size),
        }
    }

    /// Fetches an instruction.
    ///
    /// # Errors
    /// When the access faults and the fault cannot be resolved.
    pub fn fetch(&mut self, addr: VirtAddr) -> Result<(), AccessError> {
        self.resolve(addr, Access::Fetch).map(|_| ())
    }

    /// Writes a byte and leaves it as it was (`lock orb $0`).
    ///
    /// # Errors
    /// When the access faults and the fault cannot be resolved.
    pub fn touch_write(&mut self, addr: VirtAddr) -> Result<(), AccessError> {
        let target = self.resolve(addr, Access::Write)?;
        self.open_window(addr, target, (1, false));
        Ok(())
    }

    /// Clears the bits `clear` of the 8 bytes at `addr` and sets `set`, as one instruction, whose fault is a write's.
    ///
    /// # Errors
    /// When the access faults and the fault cannot be resolved; nothing is written then.
    #[inline]
    pub fn modify(&mut self, addr: VirtAddr, clear: u64, set: u64) -> Result<(), AccessError> {
        let host = &mut self.phys.host;
        let Some(at) = host.windows.for_store(addr, 8) else { return self.modify_slow(addr, clear, set) };
        self.tlb.stats.accesses += 1;
        let word = u64::from_le_bytes(host.load_at(at));
        host.store_at(at, (word & !clear | set).to_le_bytes());
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn modify_slow(&mut self, addr: VirtAddr, clear: u64, set: u64) -> Result<(), AccessError> {
        if self.crosses(addr, 8) {
            self.resolve(addr, Access::Write)?;
            let word = self.load(addr, 8)?;
            return self.store(addr, word & !clear | set, 8);
        }
        let at = self.place(addr, Access::Write, 8, true)?;
        let word = u64::from_le_bytes(self.phys.host.load_at(at));
        self.phys.host.store_at(at, (word & !clear | set).to_le_bytes());
        Ok(())
    }

    #[inline]
    fn load_bytes<const N: usize>(&mut self, addr: VirtAddr) -> Result<[u8; N], AccessError> {
        let host = &self.phys.host;
        match host.windows.for_load(addr, N as u64) {
            Some(at) => {
                self.tlb.stats.accesses += 1;
                Ok(host.load_at(at))
            }
            None => self.load_slow(addr),
        }
    }

    #[inline]
    fn store_bytes<const N: usize>(&mut self, addr: VirtAddr, bytes: [u8; N]) -> Result<(), AccessError> {
        let host = &mut self.phys.host;
        match host.windows.for_store(addr, N as u64) {
            Some(at) => {
                self.tlb.stats.accesses += 1;
                host.store_at(at, bytes);
                Ok(())
            }
            None => self.store_slow(addr, bytes),
        }
    }

    #[cold]
    #[inline(never)]
    fn load_slow<const N: usize>(&mut self, addr: VirtAddr) -> Result<[u8; N], AccessError> {
        if self.crosses(addr, N) {
            let mut bytes = [0; N];
            return self.copy_from_user(addr, &mut bytes).map(|()| bytes);
        }
        let at = self.place(addr, Access::Read, N, false)?;
        Ok(self.phys.host.load_at(at))
    }

    #[cold]
    #[inline(never)]
    fn store_slow<const N: usize>(&mut self, addr: VirtAddr, bytes: [u8; N]) -> Result<(), AccessError> {
        if self.crosses(addr, N) {
            return self.store_across(addr, &bytes);
        }
        if bytes == [0; N] && self.phys.host.windows.takes_zeroes(addr, N as u64) {
            self.tlb.stats.accesses += 1;
            return Ok(());
        }
        let at = self.place(addr, Access::Write, N, bytes != [0; N])?;
        self.phys.host.store_at(at, bytes);
        Ok(())
    }

    #[cold]
    fn load_odd(&mut self, addr: VirtAddr, size: u32) -> Result<u64, AccessError> {
        let mut bytes = [0; 8];
        self.copy_from_user(addr, &mut bytes[..size.min(8) as usize])?;
        Ok(u64::from_le_bytes(bytes))
    }

    #[cold]
    fn store_odd(&mut self, addr: VirtAddr, value: u64, size: u32) -> Result<(), AccessError> {
        let bytes = value.to_le_bytes();
        let from = &bytes[..size.min(8) as usize];
        match self.crosses(addr, from.len()) {
            true => self.store_across(addr, from),
            false => self.copy_to_user(addr, from),
        }
    }

    /// Whether bytes at `addr` end in another page.
    #[inline(always)]
    fn crosses(&self, addr: VirtAddr, len: usize) -> bool {
        // No page is smaller than a piece.
        addr.get() as usize % PIECE_BYTES + len > PIECE_BYTES && self.in_page(addr, len as u64) < len
    }

    /// A store to the end of a page and the start of the next: both must allow it before either changes.
    fn store_across(&mut self, addr: VirtAddr, from: &[u8]) -> Result<(), AccessError> {
        let (low, high) = from.split_at(self.in_page(addr, from.len() as u64));
        let next = addr + low.len() as u64;
        self.check_canonical(next)?;
        let first = self.resolve(addr, Access::Write)?;
        let second = self.resolve(next, Access::Write)?;
        self.phys.host.write(first.pfn, first.offset, low);
        self.phys.host.write(second.pfn, second.offset, high);
        Ok(())
    }
}
