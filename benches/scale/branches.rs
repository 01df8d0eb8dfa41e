//! Does branching a machine grow with its resident memory?

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

fn median(mut ns: Vec<u128>) -> f64 {
    ns.sort_unstable();
    ns[ns.len() / 2] as f64 / 1000.0
}
