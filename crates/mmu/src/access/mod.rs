//! Loads, stores and instruction fetches on the address space that is switched to, with the page faults they meet.
//!
//! The way of an access: host window, TLB, page walk, [`Machine::handle_page_fault`], and again, as a processor restarts the
//! instruction. Intel SDM volume 3, chapter 4. All accesses are user-mode ones; there are no protection keys and no paging of
//! the kernel.

mod error;
mod range;
mod resolve;
#[cfg(test)]
mod tests;

pub use error::{Access, AccessError, AccessErrorKind};

use crate::{Machine, VirtAddr};

impl Machine {
    /// Loads `size` bytes (1 to 8), little-endian.
    ///
    /// # Errors
    /// When the access faults and the fault cannot be resolved.
    #[inline]
    pub fn load(&mut self, addr: VirtAddr, size: u32) -> Result<u64, AccessError> {
        let value = match size {
            8 => self.load_window(addr).map(u64::from_le_bytes),
            4 => self.load_window(addr).map(|bytes| u32::from_le_bytes(bytes).into()),
            2 => self.load_window(addr).map(|bytes| u16::from_le_bytes(bytes).into()),
            1 => self.load_window(addr).map(|[byte]| byte.into()),
            _ => None,
        };
        match value {
            Some(value) => Ok(value),
            None => self.load_slow(addr, size),
        }
    }

    /// Stores the low `size` bytes (1 to 8) of `value`, little-endian.
    ///
    /// # Errors
    /// When the access faults and the fault cannot be resolved; nothing is written then.
    #[inline]
    pub fn store(&mut self, addr: VirtAddr, value: u64, size: u32) -> Result<(), AccessError> {
        let done = match size {
            8 => self.store_window(addr, value.to_le_bytes()),
            4 => self.store_window(addr, (value as u32).to_le_bytes()),
            2 => self.store_window(addr, (value as u16).to_le_bytes()),
            1 => self.store_window(addr, [value as u8]),
            _ => false,
        };
        if done { Ok(()) } else { self.store_slow(addr, value, size) }
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
        self.open_window(addr, target);
        Ok(())
    }

    #[inline]
    fn load_window<const N: usize>(&mut self, addr: VirtAddr) -> Option<[u8; N]> {
        let host = &self.phys.host;
        let at = host.windows.for_load(addr, N as u64)?;
        self.tlb.stats.accesses += 1;
        Some(host.load_at(at))
    }

    #[inline]
    fn store_window<const N: usize>(&mut self, addr: VirtAddr, bytes: [u8; N]) -> bool {
        let host = &mut self.phys.host;
        let Some(at) = host.windows.for_store(addr, N as u64) else { return false };
        self.tlb.stats.accesses += 1;
        host.store_at(at, bytes);
        true
    }

    #[cold]
    #[inline(never)]
    fn load_slow(&mut self, addr: VirtAddr, size: u32) -> Result<u64, AccessError> {
        let mut bytes = [0; 8];
        let into = &mut bytes[..size.min(8) as usize];
        if self.in_page(addr, into.len() as u64) < into.len() {
            self.copy_from_user(addr, into)?;
        } else {
            let from = self.resolve(addr, Access::Read)?;
            self.open_window(addr, from);
            self.phys.host.read(from.pfn, from.offset, into);
        }
        Ok(u64::from_le_bytes(bytes))
    }

    #[cold]
    #[inline(never)]
    fn store_slow(&mut self, addr: VirtAddr, value: u64, size: u32) -> Result<(), AccessError> {
        let bytes = value.to_le_bytes();
        let from = &bytes[..size.min(8) as usize];
        if self.in_page(addr, from.len() as u64) < from.len() {
            return self.store_across(addr, from);
        }
        if from == &[0; 8][..from.len()] && self.phys.host.windows.takes_zeroes(addr, from.len() as u64) {
            self.tlb.stats.accesses += 1;
            return Ok(());
        }
        let target = self.resolve(addr, Access::Write)?;
        self.phys.host.write(target.pfn, target.offset, from);
        self.open_window(addr, target);
        Ok(())
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
