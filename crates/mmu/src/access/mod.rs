//! Loads, stores and instruction fetches on the address space that is switched to, with the page faults they meet.
//!
//! The way of an access: TLB, page walk, [`Machine::handle_page_fault`], and again, as a processor restarts the instruction.
//! Intel SDM volume 3, chapter 4. All accesses are user-mode ones; there are no protection keys and no paging of the kernel.

mod error;
mod range;
mod walk;

pub use error::{Access, AccessError, AccessErrorKind};

use crate::{Machine, MmId, VirtAddr};

impl Machine {
    /// Loads `size` bytes (1 to 8), little-endian.
    ///
    /// # Errors
    /// When the access faults and the fault cannot be resolved.
    #[inline]
    pub fn load(&mut self, addr: VirtAddr, size: u32) -> Result<u64, AccessError> {
        let mut bytes = [0; 8];
        self.copy_from_user(addr, &mut bytes[..size.min(8) as usize])?;
        Ok(u64::from_le_bytes(bytes))
    }

    /// Stores the low `size` bytes (1 to 8) of `value`, little-endian.
    ///
    /// # Errors
    /// When the access faults and the fault cannot be resolved; nothing is written then.
    #[inline]
    pub fn store(&mut self, addr: VirtAddr, value: u64, size: u32) -> Result<(), AccessError> {
        let size = size.clamp(1, 8);
        let last = addr + u64::from(size - 1);
        if last.align_down(self.page_size()) != addr.align_down(self.page_size()) {
            self.translate(addr, Access::Write)?;
            self.translate(last.align_down(self.page_size()), Access::Write)?;
        }
        self.copy_to_user(addr, &value.to_le_bytes()[..size as usize])
    }

    /// Fetches an instruction.
    ///
    /// # Errors
    /// When the access faults and the fault cannot be resolved.
    pub fn fetch(&mut self, addr: VirtAddr) -> Result<(), AccessError> {
        self.translate(addr, Access::Fetch).map(|_| ())
    }

    /// Writes a byte and leaves it as it was (`lock orb $0`).
    ///
    /// # Errors
    /// When the access faults and the fault cannot be resolved.
    pub fn touch_write(&mut self, addr: VirtAddr) -> Result<(), AccessError> {
        self.translate(addr, Access::Write).map(|_| ())
    }

    /// Runs on the address space `mm` from now on (Linux: `switch_mm`).
    pub fn switch_mm(&mut self, mm: MmId) {
        self.current = Some(mm);
    }

    /// The address space that accesses go to.
    pub fn current_mm(&self) -> Option<MmId> {
        self.current
    }
}
