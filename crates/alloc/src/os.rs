//! What a malloc needs of the system beneath it: memory to ask for, and loads and stores in it.
//!
//! The calls are the raw ones of Linux on 64-bit machines: addresses and lengths are plain `u64` as in the C ABI, `brk` is the
//! kernel's (it answers the break, moved or not), the flags are the header's numbers. Two systems stand behind the trait:
//! a process of the emulated kernel, and a flat sparse memory in unit tests. It is a type parameter wherever it is used,
//! so that a load of a chunk header is a function call into the TLB and no more.

use memtwin_kernel::mmu::access::Near;
use memtwin_kernel::{Errno, Signal, Task};

/// The page size of x86-64.
pub const PAGE_SIZE: u64 = 4096;

/// `PROT_NONE` of `<sys/mman.h>`.
pub const PROT_NONE: u32 = 0;
/// `PROT_READ|PROT_WRITE` of `<sys/mman.h>`.
pub const PROT_READ_WRITE: u32 = 1 | 2;
/// `MAP_PRIVATE|MAP_ANONYMOUS` of `<sys/mman.h>`: what every mapping of a malloc has.
pub const MAP_PRIVATE_ANON: u32 = 0x02 | 0x20;
/// `MAP_NORESERVE` of `<sys/mman.h>`.
pub const MAP_NORESERVE: u32 = 0x4000;
/// `MAP_FIXED` of `<sys/mman.h>`.
pub const MAP_FIXED: u32 = 0x10;
/// `MREMAP_MAYMOVE` of `<sys/mman.h>`.
pub const MREMAP_MAYMOVE: u32 = 1;
/// `MADV_DONTNEED` of `<sys/mman.h>`.
pub const MADV_DONTNEED: u32 = 4;

/// A short cut to a process's memory: bytes whose loads and stores would now change nothing but them (no fault, no order of use).
/// What it cannot give goes the way of [`Os`].
pub trait NearMemory {
    /// Where the `N` bytes at `addr` are, if they are such; good until the next access that is made another way. The caller's next
    /// access is a load there, whatever the answer.
    #[inline]
    fn near<const N: usize>(&mut self, addr: u64) -> Option<Near>
    where
        Self: Sized,
    {
        let _ = addr;
        None
    }

    /// The same, where the load comes after others at `first`, which is near and stays so.
    #[inline]
    fn near_beside<const N: usize>(&mut self, addr: u64, first: u64) -> Option<Near>
    where
        Self: Sized,
    {
        let _ = (addr, first);
        None
    }

    /// The first `N` of the bytes that are near.
    #[inline]
    fn near_bytes<const N: usize>(&mut self, near: Near) -> Option<&mut [u8; N]>
    where
        Self: Sized,
    {
        let _ = near;
        None
    }

    /// Counts accesses that were made by way of [`near_bytes`](Self::near_bytes).
    #[inline]
    fn count_near(&mut self, accesses: u64) {
        let _ = accesses;
    }
}

impl NearMemory for Task<'_> {
    #[inline(always)]
    fn near<const N: usize>(&mut self, addr: u64) -> Option<Near> {
        Task::near::<N>(self, addr)
    }

    #[inline(always)]
    fn near_beside<const N: usize>(&mut self, addr: u64, first: u64) -> Option<Near> {
        Task::near_beside::<N>(self, addr, first)
    }

    #[inline(always)]
    fn near_bytes<const N: usize>(&mut self, near: Near) -> Option<&mut [u8; N]> {
        self.kernel.machine.near_bytes(near)
    }

    #[inline(always)]
    fn count_near(&mut self, accesses: u64) {
        self.kernel.machine.count_near(accesses);
    }
}

/// One thread's way to its process: system calls, and accesses that can fault.
///
/// An access that ends in a [`Signal`] has changed nothing at or above the address that faulted.
pub trait Os: NearMemory {
    /// `sysconf(_SC_PAGESIZE)`, which glibc asks for at start (`GLRO (dl_pagesize)`): a power of two.
    #[inline]
    fn page_size(&self) -> u64 {
        PAGE_SIZE
    }

    /// `brk(addr)`: the new break, or the unchanged one if the kernel refused (`addr` 0 asks for it).
    fn brk(&mut self, addr: u64) -> u64;

    /// `mmap(addr, len, prot, flags, -1, 0)`.
    ///
    /// # Errors
    /// The kernel's errno, as for each system call here.
    fn mmap(&mut self, addr: u64, len: u64, prot: u32, flags: u32) -> Result<u64, Errno>;

    /// `munmap(addr, len)`.
    ///
    /// # Errors
    /// The kernel's errno.
    fn munmap(&mut self, addr: u64, len: u64) -> Result<(), Errno>;

    /// `mprotect(addr, len, prot)`.
    ///
    /// # Errors
    /// The kernel's errno.
    fn mprotect(&mut self, addr: u64, len: u64, prot: u32) -> Result<(), Errno>;

    /// `mremap(addr, old_len, new_len, flags)`: the mapping's new address.
    ///
    /// # Errors
    /// The kernel's errno.
    fn mremap(&mut self, addr: u64, old_len: u64, new_len: u64, flags: u32) -> Result<u64, Errno>;

    /// `madvise(addr, len, advice)`.
    ///
    /// # Errors
    /// The kernel's errno.
    fn madvise(&mut self, addr: u64, len: u64, advice: u32) -> Result<(), Errno>;

    /// Reads `size` bytes (1, 2, 4 or 8) at `addr`, little-endian.
    ///
    /// # Errors
    /// The signal the access raises.
    fn load(&mut self, addr: u64, size: u32) -> Result<u64, Signal>;

    /// Writes the low `size` bytes (1, 2, 4 or 8) of `value` at `addr`, little-endian.
    ///
    /// # Errors
    /// The signal the access raises.
    fn store(&mut self, addr: u64, value: u64, size: u32) -> Result<(), Signal>;

    /// Reads the 8 bytes at `addr`, as a malloc reads a chunk's word.
    ///
    /// # Errors
    /// The signal the access raises.
    #[inline]
    fn load64(&mut self, addr: u64) -> Result<u64, Signal> {
        self.load(addr, 8)
    }

    /// Writes the 8 bytes at `addr`, as a malloc writes a chunk's word.
    ///
    /// # Errors
    /// The signal the access raises.
    #[inline]
    fn store64(&mut self, addr: u64, value: u64) -> Result<(), Signal> {
        self.store(addr, value, 8)
    }

    /// Clears the bits `clear` of the 8 bytes at `addr` and sets `set`, as one instruction (`or`, `and`) that faults as a write.
    ///
    /// # Errors
    /// The signal the access raises.
    #[inline]
    fn modify64(&mut self, addr: u64, clear: u64, set: u64) -> Result<(), Signal> {
        let word = self.load64(addr)?;
        self.store64(addr, word & !clear | set)
    }

    /// `memcpy(dst, src, len)` upwards; each page is faulted in once, the source's before the destination's.
    ///
    /// # Errors
    /// The signal of the first byte that cannot be read or written.
    fn copy(&mut self, dst: u64, src: u64, len: u64) -> Result<(), Signal> {
        for i in 0..len {
            let byte = self.load(src.wrapping_add(i), 1)?;
            self.store(dst.wrapping_add(i), byte, 1)?;
        }
        Ok(())
    }

    /// `memset(dst, byte, len)` upwards; each page is faulted in once.
    ///
    /// # Errors
    /// The signal of the first byte that cannot be written.
    fn fill(&mut self, dst: u64, byte: u8, len: u64) -> Result<(), Signal> {
        (0..len).try_for_each(|i| self.store(dst.wrapping_add(i), u64::from(byte), 1))
    }

    /// The 8 bytes at `addr` with no fault and no trace left behind, `None` where the process has no mapping. Memory that
    /// was never touched reads as 0. For views and checks, never for a malloc's own work.
    fn peek64(&self, addr: u64) -> Option<u64>;
}
