//! The flat system's calls and accesses.

use memtwin_kernel::mmu::access::Near;
use memtwin_kernel::{Errno, Signal};

use super::{Area, Flat, HEAP};
use crate::{NearMemory, Os, PAGE_SIZE, PROT_NONE, PROT_READ_WRITE};

fn prot_name(prot: u32) -> &'static str {
    if prot == PROT_NONE { "PROT_NONE" } else { "PROT_READ|PROT_WRITE" }
}

fn hex(result: &Result<u64, Errno>) -> Result<String, Errno> {
    result.map(|addr| format!("{addr:#x}"))
}

fn pointer(addr: u64) -> String {
    if addr == 0 { "NULL".to_owned() } else { format!("{addr:#x}") }
}

impl NearMemory for Flat {
    fn near<const N: usize>(&mut self, addr: u64) -> Option<Near> {
        let page = self.pages.get(&(addr & !(PAGE_SIZE - 1))).filter(|page| !page.shared)?;
        ((addr % PAGE_SIZE) as usize + N <= page.bytes.len()).then_some(Near(addr as usize))
    }

    fn near_beside<const N: usize>(&mut self, addr: u64, _: u64) -> Option<Near> {
        self.near::<N>(addr)
    }

    fn near_bytes<const N: usize>(&mut self, near: Near) -> Option<&mut [u8; N]> {
        let addr = near.0 as u64;
        let page = self.pages.get_mut(&(addr & !(PAGE_SIZE - 1)))?;
        page.bytes.get_mut((addr % PAGE_SIZE) as usize..)?.first_chunk_mut()
    }
}

impl Os for Flat {
    fn brk(&mut self, addr: u64) -> u64 {
        let new = addr.next_multiple_of(PAGE_SIZE);
        let old = self.brk.next_multiple_of(PAGE_SIZE);
        if addr >= HEAP && new < old {
            self.remove(new, old);
            self.brk = addr;
        } else if addr >= HEAP && (new == old || (self.is_free(old, new) && !self.over_limit(new - old))) {
            if new > old {
                self.areas.insert(old, Area { end: new, prot: PROT_READ_WRITE, heap: true });
            }
            self.brk = addr;
        }
        let result = Ok(format!("{:#x}", self.brk));
        self.note(&format!("brk({})", pointer(addr)), &result);
        self.brk
    }

    fn mmap(&mut self, addr: u64, len: u64, prot: u32, flags: u32) -> Result<u64, Errno> {
        let result = self.try_mmap(addr, len, prot, flags);
        let reserve = if flags & crate::MAP_NORESERVE != 0 { "|MAP_NORESERVE" } else { "" };
        let call = format!(
            "mmap({}, {len}, {}, MAP_PRIVATE|MAP_ANONYMOUS{reserve}, -1, 0)",
            pointer(addr),
            prot_name(prot)
        );
        self.note(&call, &hex(&result));
        result
    }

    fn munmap(&mut self, addr: u64, len: u64) -> Result<(), Errno> {
        self.remove(addr, addr.wrapping_add(len).max(addr));
        self.note(&format!("munmap({addr:#x}, {len})"), &Ok(0));
        Ok(())
    }

    fn mprotect(&mut self, addr: u64, len: u64, prot: u32) -> Result<(), Errno> {
        self.split(addr);
        self.split(addr + len);
        for (_, area) in self.areas.range_mut(addr..addr + len) {
            area.prot = prot;
        }
        self.note(&format!("mprotect({addr:#x}, {len}, {})", prot_name(prot)), &Ok(0));
        Ok(())
    }

    fn mremap(&mut self, addr: u64, old: u64, new: u64, _flags: u32) -> Result<u64, Errno> {
        let result = self.try_mremap(addr, old, new);
        self.note(&format!("mremap({addr:#x}, {old}, {new}, MREMAP_MAYMOVE)"), &hex(&result));
        result
    }

    fn madvise(&mut self, addr: u64, len: u64, _advice: u32) -> Result<(), Errno> {
        self.drop_pages(addr, addr + len);
        self.note(&format!("madvise({addr:#x}, {len}, MADV_DONTNEED)"), &Ok(0));
        Ok(())
    }

    fn load(&mut self, addr: u64, size: u32) -> Result<u64, Signal> {
        let mut value = 0;
        for at in 0..u64::from(size) {
            let at_addr = addr.wrapping_add(at);
            let byte = self.fault(at_addr, false)?.bytes[(at_addr % PAGE_SIZE) as usize];
            value |= u64::from(byte) << (8 * at);
        }
        Ok(value)
    }

    fn store(&mut self, addr: u64, value: u64, size: u32) -> Result<(), Signal> {
        for at in 0..u64::from(size) {
            let at_addr = addr.wrapping_add(at);
            self.fault(at_addr, true)?.bytes[(at_addr % PAGE_SIZE) as usize] = (value >> (8 * at)) as u8;
        }
        Ok(())
    }

    fn modify64(&mut self, addr: u64, clear: u64, set: u64) -> Result<(), Signal> {
        self.fault(addr, true)?;
        let word = self.load64(addr)?;
        self.store64(addr, word & !clear | set)
    }

    fn fill(&mut self, dst: u64, byte: u8, len: u64) -> Result<(), Signal> {
        let mut at = dst;
        while at < dst.wrapping_add(len) {
            let stop = (at / PAGE_SIZE * PAGE_SIZE + PAGE_SIZE).min(dst + len);
            let from = (at % PAGE_SIZE) as usize;
            self.fault(at, true)?.bytes[from..from + (stop - at) as usize].fill(byte);
            at = stop;
        }
        Ok(())
    }

    fn peek64(&self, addr: u64) -> Option<u64> {
        let area = self.areas.range(..=addr).next_back().map(|(_, area)| *area);
        area.filter(|area| addr < area.end)?;
        let at = (addr % PAGE_SIZE) as usize;
        let Some(page) = self.pages.get(&(addr & !(PAGE_SIZE - 1))) else { return Some(0) };
        Some(u64::from_le_bytes(page.bytes[at..at + 8].try_into().ok()?))
    }
}
