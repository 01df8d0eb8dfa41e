//! Does branching a machine grow with its resident memory, its mappings, its cached files?

use memtwin::kernel::Tid;
use memtwin::{Config, Kernel};
use std::time::Instant;

const READ_WRITE: u64 = 3;
const PRIVATE_ANONYMOUS: u64 = 0x22;
const NO_FILE: u64 = u64::MAX;
const PAGE: u64 = 4096;
const FIRST: Tid = Tid { pid: 1, thread: 1 };
const ROUNDS: u64 = 20;

/// Prints a line for each of 1 MiB to 1 GiB of resident pages with data: median µs of a branch, of a store in it, and one clone's.
pub(crate) fn table() {
    println!("\n{:>12} {:>12} {:>18} {:>12}", "resident MiB", "branch µs", "store in it µs", "clone µs");
    for mib in [1, 16, 256, 1024] {
        let mut config = Config::default();
        config.ram_bytes = 4 << 30;
        let mut kernel = Kernel::new(config);
        kernel.spawn().expect("room");
        let mut task = kernel.task(FIRST).expect("lives");
        let bytes = mib << 20;
        let map = task.mmap(0, bytes, READ_WRITE, PRIVATE_ANONYMOUS, NO_FILE, 0).expect("room");
        for page in 0..bytes / PAGE {
            task.store(map + page * PAGE, page + 1, 8).expect("mapped");
        }
        let start = Instant::now();
        drop(kernel.clone());
        let clone = start.elapsed().as_nanos() as f64 / 1000.0;
        let (mut branches, mut stores) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let start = Instant::now();
            let mut branch = kernel.branch();
            branches.push(start.elapsed().as_nanos());
            let start = Instant::now();
            let mut task = branch.task(FIRST).expect("lives");
            task.store(map + round * (bytes / ROUNDS) / PAGE * PAGE, 1, 8).expect("mapped");
            stores.push(start.elapsed().as_nanos());
        }
        println!("{mib:>12} {:>12.1} {:>18.1} {clone:>12.1}", median(branches), median(stores));
    }
}

/// Prints a line for each of 1,000 and 100,000 mappings, and for a file of 16 MiB and 1 GiB in the page cache: median µs of a branch.
pub(crate) fn more() {
    println!("\n{:>24} {:>12}", "", "branch µs");
    for mappings in [1_000, 100_000] {
        line(&format!("{mappings} mappings"), &mut mapped(mappings));
    }
    for mib in [16, 1024] {
        line(&format!("{mib} MiB of a file cached"), &mut cached(mib << 20));
    }
}

fn line(name: &str, kernel: &mut Kernel) {
    let branch = |_| {
        let start = Instant::now();
        drop(kernel.branch());
        start.elapsed().as_nanos()
    };
    let branches = (0..ROUNDS).map(branch).collect();
    println!("{name:>24} {:>12.1}", median(branches));
}

/// Neighbours with different rights, each with a page, so that each has a family, too.
fn mapped(mappings: u64) -> Kernel {
    let mut config = Config::default();
    config.max_map_count = 1 << 20;
    let mut kernel = Kernel::new(config);
    kernel.spawn().expect("room");
    let mut task = kernel.task(FIRST).expect("lives");
    for i in 0..mappings {
        let map = task.mmap(0, PAGE, READ_WRITE, PRIVATE_ANONYMOUS, NO_FILE, 0).expect("room");
        task.store(map, 1, 8).expect("mapped");
        if i % 2 == 0 {
            task.mprotect(map, PAGE, READ_WRITE & 1).expect("mapped");
        }
    }
    kernel
}

fn cached(bytes: u64) -> Kernel {
    const SHARED: u64 = 1;
    const POPULATE: u64 = 0x8000;
    let mut kernel = Kernel::new(Config::default());
    kernel.spawn().expect("room");
    let mut task = kernel.task(FIRST).expect("lives");
    let file = task.file("data", bytes).expect("room");
    task.mmap(0, bytes, READ_WRITE, SHARED | POPULATE, file, 0).expect("room");
    kernel
}

fn median(mut ns: Vec<u128>) -> f64 {
    ns.sort_unstable();
    ns[ns.len() / 2] as f64 / 1000.0
}
