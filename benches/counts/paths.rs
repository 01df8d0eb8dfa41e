//! The operations of the speed table, on the twin alone.

use crate::{Meter, Path};
use memtwin::kernel::{Kernel, Task, Tid};
use memtwin::mmu::VirtAddr;
use memtwin::{Config, Pid, Twin};
use std::hint::black_box;

const PAGE: u64 = 4096;
const PAGES: u64 = 2048;
const LEN: u64 = PAGES * PAGE;
const WIDE_PAGES: u64 = 32 << 10;
const TIMES: u64 = 1000;
const READ: u64 = 1;
const READ_WRITE: u64 = 3;
const PRIVATE_ANONYMOUS: u64 = 0x22;
const PARENT: Tid = Tid { pid: 1, thread: 1 };
const CHILD: Tid = Tid { pid: 2, thread: 1 };

pub(crate) const ALL: [Path; 14] = [
    Path { name: "load-hit", limit: 39.0, times: LEN / 8, run: load_hit },
    Path { name: "store-hit", limit: 38.0, times: LEN / 8, run: store_hit },
    Path { name: "tlb-miss-walk", limit: 462.0, times: WIDE_PAGES, run: walk },
    Path { name: "first-write", limit: 972.0, times: PAGES, run: first_write },
    Path { name: "first-read", limit: 739.0, times: PAGES, run: first_read },
    Path { name: "copy-on-write", limit: 2097.0, times: PAGES, run: copy_on_write },
    Path { name: "mmap-munmap-64k", limit: 669.0, times: TIMES, run: |meter| small(meter, 0) },
    Path { name: "mmap-touch-munmap-64k", limit: 24312.0, times: TIMES, run: |meter| small(meter, 16) },
    Path { name: "mprotect-split", limit: 2787.0, times: TIMES, run: mprotect },
    Path { name: "brk-4k", limit: 186.0, times: TIMES, run: brk },
    Path { name: "munmap-page", limit: 26.0, times: PAGES, run: munmap },
    Path { name: "fork-page", limit: 80.0, times: PAGES, run: fork },
    Path { name: "malloc-touch-free-64", limit: 395.0, times: TIMES, run: malloc_small },
    Path { name: "malloc-free-random", limit: 1356.0, times: TIMES, run: malloc_random },
];

/// A machine with one process.
fn kernel() -> Kernel {
    let mut kernel = Kernel::new(Config::default());
    assert_eq!(kernel.spawn().expect("memory for a process"), PARENT.pid);
    kernel
}

fn task(kernel: &mut Kernel, tid: Tid) -> Task<'_> {
    kernel.task(tid).expect("a live process")
}

fn map(task: &mut Task<'_>, len: u64) -> u64 {
    task.mmap(0, len, READ_WRITE, PRIVATE_ANONYMOUS, u64::MAX, 0).expect("room to map")
}

fn store_pages(task: &mut Task<'_>, start: u64, pages: u64) {
    for page in 0..pages {
        task.store(start + page * PAGE, 1, 8).expect("mapped");
    }
}

/// Once to warm up, once counted.
fn twice(meter: &Meter, mut round: impl FnMut(&Meter)) {
    round(&Meter { counts: false });
    round(meter);
}

fn load_hit(meter: &mut Meter) {
    let mut kernel = kernel();
    let mut task = task(&mut kernel, PARENT);
    let start = map(&mut task, LEN);
    store_pages(&mut task, start, PAGES);
    meter.part(|| {
        for at in (0..LEN).step_by(8) {
            black_box(task.load(start + black_box(at), 8).expect("mapped"));
        }
    });
}

fn store_hit(meter: &mut Meter) {
    let mut kernel = kernel();
    let mut task = task(&mut kernel, PARENT);
    let start = map(&mut task, LEN);
    store_pages(&mut task, start, PAGES);
    meter.part(|| {
        for at in (0..LEN).step_by(8) {
            task.store(start + black_box(at), at, 8).expect("mapped");
        }
    });
}

fn walk(meter: &mut Meter) {
    let mut kernel = kernel();
    let mut task = task(&mut kernel, PARENT);
    let start = map(&mut task, WIDE_PAGES * PAGE);
    store_pages(&mut task, start, WIDE_PAGES);
    meter.part(|| {
        for page in 0..WIDE_PAGES {
            black_box(task.load(start + page * 7919 % WIDE_PAGES * PAGE, 8).expect("mapped"));
        }
    });
}

fn first_write(meter: &mut Meter) {
    let mut kernel = kernel();
    let mut task = task(&mut kernel, PARENT);
    twice(meter, |meter| {
        let start = map(&mut task, LEN);
        meter.part(|| store_pages(&mut task, start, PAGES));
        task.munmap(start, LEN).expect("mapped");
    });
}

fn first_read(meter: &mut Meter) {
    let mut kernel = kernel();
    let mut task = task(&mut kernel, PARENT);
    twice(meter, |meter| {
        let start = map(&mut task, LEN);
        meter.part(|| {
            for page in 0..PAGES {
                black_box(task.load(start + page * PAGE, 8).expect("mapped"));
            }
        });
        task.munmap(start, LEN).expect("mapped");
    });
}

/// A kernel whose process has written `PAGES` pages, and where they are.
fn written() -> (Kernel, u64) {
    let mut kernel = kernel();
    let mut task = task(&mut kernel, PARENT);
    let start = map(&mut task, LEN);
    store_pages(&mut task, start, PAGES);
    (kernel, start)
}

fn copy_on_write(meter: &mut Meter) {
    let (mut kernel, start) = written();
    twice(meter, |meter| {
        task(&mut kernel, PARENT).fork(CHILD.pid).expect("memory for a child");
        let mut parent = task(&mut kernel, PARENT);
        meter.part(|| store_pages(&mut parent, start, PAGES));
        task(&mut kernel, CHILD).exit(0);
    });
}

fn fork(meter: &mut Meter) {
    let (mut kernel, start) = written();
    twice(meter, |meter| {
        let mut parent = task(&mut kernel, PARENT);
        meter.part(|| assert_eq!(parent.fork(CHILD.pid), Ok(CHILD.pid)));
        task(&mut kernel, CHILD).exit(0);
        store_pages(&mut task(&mut kernel, PARENT), start, PAGES);
    });
}

fn small(meter: &mut Meter, touched: u64) {
    const SMALL: u64 = 16 * PAGE;
    let mut kernel = kernel();
    let mut task = task(&mut kernel, PARENT);
    twice(meter, |meter| {
        meter.part(|| {
            for _ in 0..TIMES {
                let start = map(&mut task, SMALL);
                store_pages(&mut task, start, touched);
                task.munmap(start, SMALL).expect("mapped");
            }
        });
    });
}

/// Every other page of a mapping is made read-only.
fn mprotect(meter: &mut Meter) {
    let mut kernel = kernel();
    let mut task = task(&mut kernel, PARENT);
    let len = (TIMES + 1) * 2 * PAGE;
    twice(meter, |meter| {
        let start = map(&mut task, len);
        meter.part(|| {
            for at in 0..TIMES {
                task.mprotect(start + (at * 2 + 1) * PAGE, PAGE, READ).expect("mapped");
            }
        });
        task.munmap(start, len).expect("mapped");
    });
}

fn brk(meter: &mut Meter) {
    let mut kernel = kernel();
    let mut task = task(&mut kernel, PARENT);
    let start = task.brk(0);
    twice(meter, |meter| {
        meter.part(|| {
            for at in 1..=TIMES {
                task.brk(start + at * PAGE);
            }
        });
        task.brk(start);
    });
}

fn munmap(meter: &mut Meter) {
    let mut kernel = kernel();
    let mut task = task(&mut kernel, PARENT);
    twice(meter, |meter| {
        let start = map(&mut task, LEN);
        store_pages(&mut task, start, PAGES);
        meter.part(|| task.munmap(start, LEN).expect("mapped"));
    });
}

fn twin() -> (Twin, Pid) {
    let mut twin = Twin::new(Config::default());
    let pid = twin.spawn().expect("memory for a process");
    (twin, pid)
}

fn malloc_small(meter: &mut Meter) {
    let (mut twin, pid) = twin();
    let mut program = twin.process(pid).expect("a live process");
    twice(meter, |meter| {
        meter.part(|| {
            for _ in 0..TIMES {
                let block = program.malloc(64).expect("memory");
                program.task.kernel.machine.store(VirtAddr::new(block), 1, 8).expect("mapped");
                program.free(block).expect("a block");
            }
        });
    });
}

/// One of the live blocks, by turns of a generator, is freed and another of 16 to 1,024 bytes takes its place.
fn malloc_random(meter: &mut Meter) {
    const LIVE: u64 = 10_000;
    let (mut twin, pid) = twin();
    let mut program = twin.process(pid).expect("a live process");
    let size = |state: u64| 16 + (state >> 40) % 1009;
    let mut state = 1_u64;
    let mut blocks: Vec<u64> =
        (0..LIVE).map(|at| program.malloc(16 + at * 7 % 1009).expect("memory")).collect();
    twice(meter, |meter| {
        meter.part(|| {
            for _ in 0..TIMES {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let block = &mut blocks[(state >> 24) as usize % LIVE as usize];
                program.free(*block).expect("a block");
                *block = program.malloc(size(state)).expect("memory");
            }
        });
    });
}
