//! What a malloc sees of the system: the kernel's task, with its system calls traced and its faults given to their owners.
//!
//! Headers, links and bins are malloc's; a block's contents, which calloc clears and realloc moves, are the program's; what the
//! kernel touches during a system call is the kernel's.

use memtwin_alloc::{NearMemory, Os};
use memtwin_kernel::mmu::{Owner, VirtAddr};
use memtwin_kernel::{Errno, Signal, Task};

use crate::trace::{Request, SystemCall, Trace};

/// A thread inside a call of its C library.
pub(crate) struct Libc<'a, 't> {
    task: &'a mut Task<'t>,
    trace: &'a mut Trace,
    /// The call and the owner that faults had before.
    outer: (&'static str, Owner),
}

impl<'a, 't> Libc<'a, 't> {
    /// Begins the call `name`; the faults from now on are its, until it is dropped.
    pub(crate) fn enter(task: &'a mut Task<'t>, trace: &'a mut Trace, name: &'static str) -> Self {
        let ledger = &mut task.kernel.machine.ledger;
        let outer = (ledger.call, ledger.owner);
        ledger.call = name;
        ledger.owner = Owner::Malloc;
        Libc { task, trace, outer }
    }

    /// Makes a system call; its faults are the kernel's.
    fn system(
        &mut self,
        request: Request,
        make: impl FnOnce(&mut Task<'t>) -> Result<u64, Errno>,
    ) -> Result<u64, Errno> {
        let result = self.owned(Owner::Kernel, make);
        self.trace.record(SystemCall { request, result });
        result
    }

    fn owned<R>(&mut self, owner: Owner, work: impl FnOnce(&mut Task<'t>) -> R) -> R {
        self.task.kernel.machine.ledger.owner = owner;
        let result = work(self.task);
        self.task.kernel.machine.ledger.owner = Owner::Malloc;
        result
    }
}

impl Drop for Libc<'_, '_> {
    fn drop(&mut self) {
        let ledger = &mut self.task.kernel.machine.ledger;
        (ledger.call, ledger.owner) = self.outer;
    }
}

const NO_FILE: u64 = u64::MAX;

/// Nothing: what is near the task itself was asked for before the call began.
impl NearMemory for Libc<'_, '_> {}

impl Os for Libc<'_, '_> {
    fn page_size(&self) -> u64 {
        self.task.kernel.machine.page_size()
    }

    fn brk(&mut self, addr: u64) -> u64 {
        let answer = self.system(Request::Brk { addr }, |task| Ok(task.brk(addr)));
        answer.unwrap_or_default()
    }

    fn mmap(&mut self, addr: u64, len: u64, prot: u32, flags: u32) -> Result<u64, Errno> {
        self.system(Request::Mmap { addr, len, prot, flags }, |task| {
            task.mmap(addr, len, prot.into(), flags.into(), NO_FILE, 0)
        })
    }

    fn munmap(&mut self, addr: u64, len: u64) -> Result<(), Errno> {
        self.system(Request::Munmap { addr, len }, |task| task.munmap(addr, len).map(|_| 0)).map(drop)
    }

    fn mprotect(&mut self, addr: u64, len: u64, prot: u32) -> Result<(), Errno> {
        let request = Request::Mprotect { addr, len, prot };
        self.system(request, |task| task.mprotect(addr, len, prot.into()).map(|_| 0)).map(drop)
    }

    fn mremap(&mut self, addr: u64, old_len: u64, new_len: u64, flags: u32) -> Result<u64, Errno> {
        self.system(Request::Mremap { addr, old_len, new_len, flags }, |task| {
            task.mremap(addr, old_len, new_len, flags.into(), 0)
        })
    }

    fn madvise(&mut self, addr: u64, len: u64, advice: u32) -> Result<(), Errno> {
        let request = Request::Madvise { addr, len, advice };
        self.system(request, |task| task.madvise(addr, len, advice.into()).map(|_| 0)).map(drop)
    }

    #[inline]
    fn load(&mut self, addr: u64, size: u32) -> Result<u64, Signal> {
        self.task.load(addr, size)
    }

    #[inline]
    fn store(&mut self, addr: u64, value: u64, size: u32) -> Result<(), Signal> {
        self.task.store(addr, value, size)
    }

    #[inline]
    fn modify64(&mut self, addr: u64, clear: u64, set: u64) -> Result<(), Signal> {
        self.task.modify(addr, clear, set)
    }

    fn copy(&mut self, dst: u64, src: u64, len: u64) -> Result<(), Signal> {
        self.owned(Owner::Program, |task| task.copy(dst, src, len))
    }

    fn fill(&mut self, dst: u64, byte: u8, len: u64) -> Result<(), Signal> {
        self.owned(Owner::Program, |task| task.memset(dst, byte, len))
    }

    fn peek64(&self, addr: u64) -> Option<u64> {
        let mut word = [0; 8];
        self.task
            .kernel
            .machine
            .peek(self.task.mm, VirtAddr::new(addr), &mut word)
            .then(|| u64::from_le_bytes(word))
    }
}
