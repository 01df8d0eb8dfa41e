//! Does a machine of 1 TiB with very many resident pages fit into the host's memory?

use memtwin::kernel::Tid;
use memtwin::{Config, Kernel};
use std::time::Instant;

const READ_WRITE: u64 = 3;
const PRIVATE_ANONYMOUS_NORESERVE: u64 = 0x4022;
const NO_FILE: u64 = u64::MAX;
const PAGE: u64 = 4096;

/// Prints what `pages` touched pages of one process take of the host, in bytes a page and in all, beside the target: 100 million in
/// 4 GiB.
pub(crate) fn table(pages: u64) {
    let before = resident_bytes();
    let mut config = Config::default();
    config.ram_bytes = 1 << 40;
    let mut kernel = Kernel::new(config);
    kernel.spawn().expect("room");
    let mut task = kernel.task(Tid { pid: 1, thread: 1 }).expect("lives");
    let bytes = pages * PAGE;
    let start = Instant::now();
    let map = task.mmap(0, bytes, READ_WRITE, PRIVATE_ANONYMOUS_NORESERVE, NO_FILE, 0).expect("room");
    assert_eq!(task.touch(map, bytes, true).pages, pages);
    let ns = start.elapsed().as_nanos() as f64 / pages as f64;
    let taken = resident_bytes() - before;
    println!(
        "\n{:>14} {:>12} {:>12} {:>8} {:>12}",
        "resident pages", "host GiB", "bytes/page", "target", "ns/page"
    );
    println!(
        "{pages:>14} {:>12.2} {:>12.1} {:>8} {ns:>12.1}",
        taken / (1_u64 << 30) as f64,
        taken / pages as f64,
        42
    );
}

/// What of this process is in memory.
fn resident_bytes() -> f64 {
    let text = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages = text.split(' ').nth(1).and_then(|word| word.parse::<f64>().ok()).expect("a count");
    pages * PAGE as f64
}
