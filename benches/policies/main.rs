//! How many references a second does each replacement policy take? `cargo bench --bench policies`.
//!
//! One core, a string of zipf-distributed references (exponent 1.0) over a million pages, a memory of a tenth of them. The string
//! is made beforehand and is the same every time. Prints the best of three runs by processor time, since other work on the machine
//! only slows one down, beside the target: four times and more what libCacheSim does on such a machine (5 to 6.5 million).

use memtwin::mmu::policy::{PolicyKind, run};
use memtwin::workload::refs::{References, parse};

const PAGES: u64 = 1_000_000;
const REFERENCES: u64 = 20_000_000;
const CAPACITY: usize = 100_000;
const RUNS: usize = 3;
/// Millions of references a second that CLOCK is to take.
const CLOCK_TARGET: f64 = 25.0;

fn main() {
    let string = string();
    println!("{:>8} {:>12} {:>8} {:>14} {:>8}", "policy", "misses", "ratio", "million refs/s", "target");
    for kind in PolicyKind::ALL {
        let (misses, rate) = measure(kind, &string);
        let ratio = misses as f64 / string.len() as f64;
        let target = if kind == PolicyKind::Clock { format!("{CLOCK_TARGET:.0}") } else { String::new() };
        println!("{:>8} {misses:>12} {ratio:>8.4} {rate:>14.1} {target:>8}", kind.name());
    }
}

fn string() -> Vec<u32> {
    let line = format!("zipf 1.0 a 0 {PAGES} {REFERENCES} 0 0 42");
    let parts = parse([line.as_str()]).expect("a good line");
    References::new(parts).map(|reference| reference.page as u32).collect()
}

/// Misses and millions of references a second.
fn measure(kind: PolicyKind, string: &[u32]) -> (u64, f64) {
    let mut best = f64::MAX;
    let mut misses = 0;
    for _ in 0..RUNS {
        let start = processor_seconds();
        misses = run(kind, CAPACITY, 1, string).misses;
        best = best.min(processor_seconds() - start);
    }
    (misses, string.len() as f64 / best / 1e6)
}

/// Seconds this thread has run so far.
fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let ns = text.split(' ').next().and_then(|word| word.parse::<u64>().ok()).expect("a count");
    ns as f64 / 1e9
}
