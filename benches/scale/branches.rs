//! Does branching a machine grow with its resident memory, its mappings, its cached files, its swap?

use super::allocator::taken_bytes;
use memtwin::kernel::Tid;
use memtwin::{Config, Kernel};
use std::time::Instant;

const READ_WRITE: u64 = 3;
const PRIVATE_ANONYMOUS: u64 = 0x22;
const NO_FILE: u64 = u64::MAX;
const PAGE: u64 = 4096;
const FIRST: Tid = Tid { pid: 1, thread: 1 };
const ROUNDS: u64 = 20;

/// Prints a line for each of 1 MiB to 1 GiB of resident pages with data, of 1,000 to 1,000,000 mappings, of a file of 16 MiB and 1 GiB
/// in the page cache, of 16 MiB and 1 GiB on LRU lists, and of 16 MiB and 256 MiB in swap: median µs of a branch, KiB of host memory that it takes, µs of a first store
/// in it and of a first mapping made and unmade, one clone's µs.
pub(crate) fn table() {
    println!(
        "\n{:>24} {:>12} {:>12} {:>18} {:>18} {:>12}",
        "", "branch µs", "branch KiB", "store in it µs", "mmap in it µs", "clone µs"
    );
    for mib in [1, 16, 256, 1024] {
        row(&format!("{mib} MiB resident"), resident(mib << 20));
    }
    for mappings in [1_000, 65_000, 1_000_000] {
        row(&format!("{mappings} mappings"), mapped(mappings));
    }
    for mib in [16, 1024] {
        row(&format!("{mib} MiB of a file cached"), cached(mib << 20));
    }
    for mib in [16, 1024] {
        row(&format!("{mib} MiB of a memory cgroup"), grouped(mib << 20));
    }
    // Last: the host's malloc keeps the hole that swapped bytes leave, and clears what it takes of it for a branch.
    for mib in [16, 256] {
        row(&format!("{mib} MiB swapped out"), swapped(mib << 20));
    }
}

/// A machine and an address of its process where a page is resident.
type Built = (Kernel, u64);

fn row(name: &str, (mut kernel, map): Built) {
    let start = Instant::now();
    drop(kernel.clone());
    let clone = start.elapsed().as_nanos() as f64 / 1000.0;
    let [mut branches, mut bytes, mut stores, mut maps] = [const { Vec::new() }; 4];
    for _ in 0..ROUNDS {
        let before = taken_bytes();
        let start = Instant::now();
        let mut branch = kernel.branch();
        branches.push(start.elapsed().as_nanos());
        bytes.push(u128::from(taken_bytes() - before));
        let start = Instant::now();
        let mut task = branch.task(FIRST).expect("lives");
        task.store(map, 1, 8).expect("mapped");
        stores.push(start.elapsed().as_nanos());
        let start = Instant::now();
        let new = task.mmap(0, PAGE, 0, PRIVATE_ANONYMOUS, NO_FILE, 0).expect("room");
        task.munmap(new, PAGE).expect("mapped");
        maps.push(start.elapsed().as_nanos());
    }
    let (branch, kib) = (median(branches), median(bytes) / 1.024);
    let (store, map) = (median(stores), median(maps));
    println!("{name:>24} {branch:>12.1} {kib:>12.1} {store:>18.1} {map:>18.1} {clone:>12.1}");
}

fn resident(bytes: u64) -> Built {
    let mut config = Config::default();
    config.ram_bytes = 4 << 30;
    filled(config, bytes)
}

/// Zeroes are not put on a device.
fn swapped(bytes: u64) -> Built {
    const LIMIT: u64 = 8 << 20;
    let mut config = Config::default();
    config.ram_bytes = 1 << 30;
    config.memcg_bytes = Some(LIMIT);
    config.swap_bytes = bytes;
    filled(config, bytes)
}

/// With a limit that is not reached, pages are on LRU lists from the first on.
fn grouped(bytes: u64) -> Built {
    let mut config = Config::default();
    config.ram_bytes = 4 << 30;
    config.memcg_bytes = Some(2 << 30);
    filled(config, bytes)
}

/// The page that was written last is resident.
fn filled(config: Config, bytes: u64) -> Built {
    let mut kernel = Kernel::new(config);
    kernel.spawn().expect("room");
    let mut task = kernel.task(FIRST).expect("lives");
    let map = task.mmap(0, bytes, READ_WRITE, PRIVATE_ANONYMOUS, NO_FILE, 0).expect("room");
    for page in 0..bytes / PAGE {
        task.store(map + page * PAGE, page + 1, 8).expect("mapped");
    }
    (kernel, map + bytes - PAGE)
}

/// Neighbours with different rights, each with a page, so that each has a family, too.
fn mapped(mappings: u64) -> Built {
    let mut config = Config::default();
    config.max_map_count = 1 << 20;
    let mut kernel = Kernel::new(config);
    kernel.spawn().expect("room");
    let mut task = kernel.task(FIRST).expect("lives");
    let mut map = 0;
    for i in 0..mappings {
        map = task.mmap(0, PAGE, READ_WRITE, PRIVATE_ANONYMOUS, NO_FILE, 0).expect("room");
        task.store(map, 1, 8).expect("mapped");
        if i % 2 == 0 {
            task.mprotect(map, PAGE, READ_WRITE & 1).expect("mapped");
        }
    }
    (kernel, map)
}

fn cached(bytes: u64) -> Built {
    const SHARED: u64 = 1;
    const POPULATE: u64 = 0x8000;
    let mut kernel = Kernel::new(Config::default());
    kernel.spawn().expect("room");
    let mut task = kernel.task(FIRST).expect("lives");
    let file = task.file("data", bytes).expect("room");
    let map = task.mmap(0, bytes, READ_WRITE, SHARED | POPULATE, file, 0).expect("room");
    (kernel, map)
}

fn median(mut ns: Vec<u128>) -> f64 {
    ns.sort_unstable();
    ns[ns.len() / 2] as f64 / 1000.0
}
