//! The program's own accesses: what the machine does, with the signal where it fails.

use crate::file::fd::Fd;
use crate::{SigCode, Signal, Task};
use memtwin_mmu::access::{AccessErrorKind, Near};
use memtwin_mmu::{AccessError, VirtAddr};

/// How far a [`Task::touch`] came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touched {
    /// Pages that were touched.
    pub pages: u64,
    /// What ended it early.
    pub signal: Option<Signal>,
}

/// The step of [`Task::touch`]: the smallest page size.
const TOUCH_STEP: u64 = 4096;

impl From<AccessError> for Signal {
    fn from(error: AccessError) -> Signal {
        let code = match error.kind {
            AccessErrorKind::AccErr => SigCode::SegvAccErr,
            AccessErrorKind::NonCanonical => return Signal { code: SigCode::SegvKernel, addr: 0 },
            AccessErrorKind::BusAdrErr => SigCode::BusAdrErr,
            AccessErrorKind::Killed => SigCode::Kill,
            _ => SigCode::SegvMapErr,
        };
        Signal { code, addr: error.addr.get() }
    }
}

impl Task<'_> {
    /// Loads `size` bytes (1, 2, 4 or 8), little-endian.
    ///
    /// # Errors
    /// The signal.
    #[inline]
    pub fn load(&mut self, addr: u64, size: u32) -> Result<u64, Signal> {
        Ok(self.kernel.machine.load(VirtAddr::new(addr), size)?)
    }

    /// Stores the low `size` bytes (1, 2, 4 or 8) of `value`, little-endian.
    ///
    /// # Errors
    /// The signal.
    #[inline]
    pub fn store(&mut self, addr: u64, value: u64, size: u32) -> Result<(), Signal> {
        Ok(self.kernel.machine.store(VirtAddr::new(addr), value, size)?)
    }

    /// Page `index` of file descriptor `fd` is about to be read or written: tells a reclaim policy that sees references.
    pub fn note_reference_in(&mut self, fd: u64, index: u64) {
        if let Ok(Fd::File(id)) = self.process().fds.get(fd) {
            let inode = self.machine().files.file(id).inode;
            self.machine().note_reference_in(inode, index);
        }
    }

    /// [`Machine::near`](memtwin_mmu::Machine::near).
    #[inline(always)]
    pub fn near<const N: usize>(&mut self, addr: u64) -> Option<Near> {
        self.kernel.machine.near::<N>(VirtAddr::new(addr))
    }

    /// [`Machine::near_beside`](memtwin_mmu::Machine::near_beside).
    #[inline(always)]
    pub fn near_beside<const N: usize>(&mut self, addr: u64, first: u64) -> Option<Near> {
        self.kernel.machine.near_beside::<N>(VirtAddr::new(addr), VirtAddr::new(first))
    }

    /// Clears the bits `clear` of 8 bytes and sets `set`, as one instruction.
    ///
    /// # Errors
    /// The signal.
    #[inline]
    pub fn modify(&mut self, addr: u64, clear: u64, set: u64) -> Result<(), Signal> {
        Ok(self.kernel.machine.modify(VirtAddr::new(addr), clear, set)?)
    }

    /// Fetches an instruction.
    ///
    /// # Errors
    /// The signal.
    pub fn fetch(&mut self, addr: u64) -> Result<(), Signal> {
        Ok(self.kernel.machine.fetch(VirtAddr::new(addr))?)
    }

    /// Sets `len` bytes, upwards.
    ///
    /// # Errors
    /// The signal; what lies below its address is set.
    pub fn memset(&mut self, addr: u64, byte: u8, len: u64) -> Result<(), Signal> {
        Ok(self.kernel.machine.memset(VirtAddr::new(addr), byte, len)?)
    }

    /// Copies `len` bytes upwards; each page is faulted in once, the source's before the destination's.
    ///
    /// # Errors
    /// The signal; what lies below its address is copied.
    pub fn copy(&mut self, dst: u64, src: u64, len: u64) -> Result<(), Signal> {
        let page = self.kernel.machine.page_size();
        let mut buffer = vec![0; page.min(len) as usize];
        let mut done = 0;
        while done < len {
            let (from, to) = (src.wrapping_add(done), dst.wrapping_add(done));
            let room = (page - from % page).min(page - to % page).min(len - done);
            let bytes = &mut buffer[..room as usize];
            self.kernel.machine.copy_from_user(VirtAddr::new(from), bytes)?;
            self.kernel.machine.copy_to_user(VirtAddr::new(to), bytes)?;
            done += room;
        }
        Ok(())
    }

    /// Reads, or with `write` writes without changing it, one byte in each 4 KiB of the range: at `addr`, then at each block's
    /// start. The step is the program's, whatever the page size.
    pub fn touch(&mut self, addr: u64, len: u64, write: bool) -> Touched {
        let page = TOUCH_STEP;
        let end = addr.wrapping_add(len);
        let mut touched = Touched { pages: 0, signal: None };
        let mut at = addr;
        while at < end {
            let machine = &mut self.kernel.machine;
            let result = match write {
                true => machine.touch_write(VirtAddr::new(at)),
                false => machine.load(VirtAddr::new(at), 1).map(drop),
            };
            if let Err(error) = result {
                touched.signal = Some(error.into());
                break;
            }
            touched.pages += 1;
            at = (at & !(page - 1)).saturating_add(page);
        }
        touched
    }
}
