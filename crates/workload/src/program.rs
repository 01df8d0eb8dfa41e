//! A thread with its C library: the entry points of malloc as a program calls them.

use memtwin_alloc::{AnyMalloc, Failure, Mallinfo2, Malloc, ThreadId, Usage};
use memtwin_kernel::{Errno, Task};

use crate::libc::Libc;
use crate::trace::Trace;

/// A thread with its C library, about to make calls. Arguments are the C prototypes'.
///
/// Each allocation call fails as [`Failure`] says: with NULL and perhaps an errno, an abort, or a signal.
#[derive(Debug)]
#[allow(clippy::missing_errors_doc)] // the paragraph above
pub struct Program<'t> {
    /// The thread in the kernel: its system calls and accesses.
    pub task: Task<'t>,
    pub(crate) heap: &'t mut AnyMalloc,
    pub(crate) trace: &'t mut Trace,
}

#[allow(clippy::missing_errors_doc)]
impl Program<'_> {
    /// `malloc(size)`: the block.
    pub fn malloc(&mut self, size: u64) -> Result<u64, Failure> {
        let thread = self.thread();
        if let Some(block) = self.heap.malloc_near(&mut self.task, thread, size) {
            return Ok(block);
        }
        self.call("malloc", |heap, os| heap.malloc(os, thread, size))
    }

    /// `calloc(count, size)`: the block.
    pub fn calloc(&mut self, count: u64, size: u64) -> Result<u64, Failure> {
        let thread = self.thread();
        self.call("calloc", |heap, os| heap.calloc(os, thread, count, size))
    }

    /// `realloc(block, size)`: the block.
    pub fn realloc(&mut self, block: u64, size: u64) -> Result<u64, Failure> {
        let thread = self.thread();
        self.call("realloc", |heap, os| heap.realloc(os, thread, block, size))
    }

    /// `reallocarray(block, count, size)`: the block.
    pub fn reallocarray(&mut self, block: u64, count: u64, size: u64) -> Result<u64, Failure> {
        let thread = self.thread();
        self.call("reallocarray", |heap, os| heap.reallocarray(os, thread, block, count, size))
    }

    /// `free(block)`.
    pub fn free(&mut self, block: u64) -> Result<(), Failure> {
        let thread = self.thread();
        if self.heap.free_near(&mut self.task, thread, block).is_some() {
            return Ok(());
        }
        self.call("free", |heap, os| heap.free(os, thread, block))
    }

    /// `memalign(align, size)`: the block.
    pub fn memalign(&mut self, align: u64, size: u64) -> Result<u64, Failure> {
        let thread = self.thread();
        self.call("memalign", |heap, os| heap.memalign(os, thread, align, size))
    }

    /// `aligned_alloc(align, size)`: the block.
    pub fn aligned_alloc(&mut self, align: u64, size: u64) -> Result<u64, Failure> {
        let thread = self.thread();
        self.call("aligned_alloc", |heap, os| heap.aligned_alloc(os, thread, align, size))
    }

    /// `posix_memalign(&block, align, size)`: the block.
    pub fn posix_memalign(&mut self, align: u64, size: u64) -> Result<u64, Failure> {
        let thread = self.thread();
        self.call("posix_memalign", |heap, os| heap.posix_memalign(os, thread, align, size))
    }

    /// `malloc_trim(pad)`: 1 if memory went back.
    pub fn malloc_trim(&mut self, pad: u64) -> Result<i32, Failure> {
        let thread = self.thread();
        self.call("malloc_trim", |heap, os| heap.malloc_trim(os, thread, pad))
    }

    /// `malloc_usable_size(block)`, in bytes.
    pub fn malloc_usable_size(&mut self, block: u64) -> Result<u64, Failure> {
        let thread = self.thread();
        self.call("malloc_usable_size", |heap, os| heap.malloc_usable_size(os, thread, block))
    }

    /// `mallopt(param, value)`: 1, or 0 if refused.
    pub fn mallopt(&mut self, param: i32, value: i32) -> Result<i32, Failure> {
        let thread = self.thread();
        self.call("mallopt", |heap, os| heap.mallopt(os, thread, param, value))
    }

    /// `mallinfo2()`.
    pub fn mallinfo2(&mut self) -> Result<Mallinfo2, Failure> {
        let thread = self.thread();
        self.call("mallinfo", |heap, os| heap.mallinfo2(os, thread))
    }

    /// The C library's `brk(addr)`.
    ///
    /// # Errors
    /// `ENOMEM` if the break stayed below `addr`.
    pub fn brk(&mut self, addr: u64) -> Result<(), Errno> {
        self.call("brk", |heap, os| heap.brk(os, addr))
    }

    /// The C library's `sbrk(increment)`: the break before.
    ///
    /// # Errors
    /// `ENOMEM` if the kernel refused.
    pub fn sbrk(&mut self, increment: i64) -> Result<u64, Errno> {
        self.call("sbrk", |heap, os| heap.sbrk(os, increment))
    }

    /// What the program has asked of its malloc so far.
    pub fn usage(&self) -> Usage {
        self.heap.usage()
    }

    fn thread(&self) -> ThreadId {
        ThreadId(self.task.tid.thread)
    }

    /// Runs a call of the C library named `name`; its faults are malloc's, and that call's.
    pub(crate) fn call<R>(
        &mut self,
        name: &'static str,
        call: impl FnOnce(&mut AnyMalloc, &mut Libc<'_, '_>) -> R,
    ) -> R {
        let mut libc = Libc::enter(&mut self.task, self.trace, name);
        call(self.heap, &mut libc)
    }
}

#[cfg(test)]
mod tests {
    use crate::Twin;
    use memtwin_alloc::{Malloc, ThreadId};
    use memtwin_kernel::Tid;
    use memtwin_kernel::mmu::tlb::{Replacement, TlbGeometry};
    use memtwin_kernel::mmu::{Config, TlbConfig, TlbStats};

    const FIRST: Tid = Tid { pid: 1, thread: 1 };
    const CHILD: u32 = 2;
    const MALLOC: u64 = 8;

    /// A step of a program whose calls go the short way if they can, or the `long` one: what it gave, and what all so far cost.
    fn step(twin: &mut Twin, live: &mut Vec<u64>, random: u64, long: bool) -> (u64, TlbStats, u64) {
        let (at, size) = ((random >> 40) as usize % live.len(), (random >> 24) % 1000);
        if random >> 59 == 0 {
            twin.fork(FIRST, CHILD).expect("memory for a child");
            twin.exit(Tid { pid: CHILD, thread: 1 }, 0).expect("a child");
        }
        let mut program = twin.program(FIRST).expect("a live process");
        let block = std::mem::take(&mut live[at]);
        let given = match (random >> 60, long) {
            (..4, _) if block != 0 => {
                live[at] = block;
                program.task.load(block, 8).expect("mapped")
            }
            (..9, false) => program.malloc(size).expect("memory"),
            (..9, true) => {
                program.call("malloc", |heap, os| heap.malloc(os, ThreadId(1), size)).expect("memory")
            }
            (_, false) => program.free(block).map(|()| 0).expect("a block"),
            (_, true) => program
                .call("free", |heap, os| heap.free(os, ThreadId(1), block))
                .map(|()| 0)
                .expect("a block"),
        };
        if (4..9).contains(&(random >> 60)) {
            live[at] = block;
            live.push(given);
        }
        let machine = &twin.kernel.machine;
        (given, machine.tlb_stats(), machine.ledger.minflt)
    }

    #[test]
    fn the_short_way_costs_what_the_long_way_costs() {
        let presets = TlbConfig::presets().iter().map(|preset| preset.config);
        let other_orders = Replacement::NAMED.map(|(_, order)| TlbConfig::default().with(order));
        let mut direct_mapped = TlbConfig::default();
        direct_mapped.data.small = TlbGeometry::new(16, 1);
        for tlb in presets.chain(other_orders).chain([direct_mapped]) {
            let mut config = Config::default();
            config.tlb = tlb;
            let mut twins = [false, true].map(|long| (Twin::new(config.clone()), vec![0], long));
            twins.iter_mut().for_each(|(twin, ..)| assert_eq!(twin.spawn(), Ok(FIRST.pid)));
            let mut random = 1_u64;
            for at in 0..4000 {
                random =
                    random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                // More pages than a first level holds, to begin with.
                let random = if at < 500 { random >> 4 | MALLOC << 60 } else { random };
                let [short, long] =
                    twins.each_mut().map(|(twin, live, long)| step(twin, live, random, *long));
                assert_eq!(short, long, "{tlb:?}, step {at}");
            }
            assert_eq!(twins[0].0.kernel.machine.check(), Ok(()));
        }
    }
}
