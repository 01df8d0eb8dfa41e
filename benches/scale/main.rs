//! Does the cost of a call grow with the mappings a process has? `cargo bench --bench scale`.
//!
//! For 10^3 to 10^6 mappings that cannot merge, strewn over 128 TiB, prints what a call costs in ns on the twin and, up to the
//! host's `vm.max_map_count`, on the host: mapping a page at a place of the kernel's choice and unmapping it, protecting the
//! middle of a mapping and undoing that, a first touch, and a fork per mapping. Growth by the logarithm of n is expected.
//! Then, what branching a machine costs with more and more resident memory, mappings, cached files and swap (`cargo bench --bench scale --
//! branches` measures nothing else). Then, what reclaim costs a page, and
//! what a resident page takes of the host on a machine of 1 TiB: ten million of them, or as many as an argument says
//! (`cargo bench --bench scale -- 100000000`, which measures nothing else).

mod allocator;
mod branches;
#[cfg(target_os = "linux")]
mod host;
#[cfg(target_os = "linux")]
mod reclaim;
#[cfg(target_os = "linux")]
mod resident;
mod twin;

/// One side's processes.
trait Side {
    /// A process with `n` mappings of three pages each; None if the side cannot hold as many.
    fn build(n: u64) -> Option<Self>
    where
        Self: Sized;
    /// Maps a page anywhere and unmaps it.
    fn map_unmap(&mut self);
    /// Makes the middle page of mapping `i` read-only, and writable again.
    fn split_merge(&mut self, i: u64);
    /// Reads the first page of mapping `i` for the first time.
    fn touch(&mut self, i: u64);
    /// Forks, and ends the child.
    fn fork(&mut self);
}

/// Where mapping `i` of `n` is: evenly strewn over user space.
fn place(i: u64, n: u64) -> u64 {
    let span = 0x7f00_0000_0000 / n;
    (0x10_0000_0000 + i * span) & !0xfff
}

const ROUNDS: u64 = 2000;

fn main() {
    #[cfg(target_os = "linux")]
    if let Some(pages) = std::env::args().find_map(|argument| argument.parse().ok()) {
        return resident::table(pages);
    }
    if std::env::args().any(|argument| argument == "branches") {
        return branches::table();
    }
    println!(
        "{:>8} {:>6} {:>12} {:>12} {:>12} {:>14}",
        "mappings", "side", "map+unmap", "split+merge", "first touch", "fork/mapping"
    );
    for exponent in 3..=6 {
        let n = 10_u64.pow(exponent);
        row::<twin::Twin>("twin", n);
        #[cfg(target_os = "linux")]
        row::<host::Host>("host", n);
    }
    branches::table();
    #[cfg(target_os = "linux")]
    reclaim::table();
    #[cfg(target_os = "linux")]
    resident::table(10_000_000);
}

fn row<S: Side>(name: &str, n: u64) {
    let Some(mut side) = S::build(n) else { return };
    let map = timed(|_| side.map_unmap());
    let split = timed(|round| side.split_merge(scattered(round, n)));
    let touch = timed(|round| side.touch(scattered(round, n)));
    let start = std::time::Instant::now();
    side.fork();
    let fork = start.elapsed().as_nanos() as f64 / n as f64;
    println!("{n:>8} {name:>6} {map:>12.0} {split:>12.0} {touch:>12.0} {fork:>14.1}");
}

/// Median ns of a round: other work on the machine lengthens some.
fn timed(mut work: impl FnMut(u64)) -> f64 {
    let mut times: Vec<u128> = (0..ROUNDS)
        .map(|round| {
            let start = std::time::Instant::now();
            work(round);
            start.elapsed().as_nanos()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2] as f64
}

/// A different mapping each round, in no order.
fn scattered(round: u64, n: u64) -> u64 {
    round.wrapping_mul(0x9e37_79b9_7f4a_7c15) % n
}
