//! Caches, the TLB and the speed of zeroing and copying, by chains of loads that each wait for the one before.

use super::figures::Figures;
use super::sample::{Sample, sample};
use super::sys::Region;
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng, SeedableRng};
use std::hint::black_box;
use std::io;

/// Rounds are short, lest the scheduler be measured as well.
const ROUNDS: usize = 101;
const STEPS: u64 = 4_000;
const PAGE: usize = 4096;
const LINE: usize = 64;

/// Cycles in a nanosecond, as the system tells it; by multiplications that wait for each other where it does not.
pub(super) fn ghz() -> f64 {
    told_ghz().unwrap_or_else(measured_ghz)
}

fn told_ghz() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("cpu MHz"))?;
    let mhz: f64 = line.split_once(": ")?.1.trim().parse().ok()?;
    (mhz > 0.0).then_some(mhz / 1000.0)
}

/// A multiplication takes three cycles on all x86-64 processors of the last decade.
fn measured_ghz() -> f64 {
    const MULTIPLICATIONS: u64 = 2_000_000;
    let round = || {
        black_box((0..MULTIPLICATIONS).fold(black_box(3_u64), |product, at| product.wrapping_mul(at | 1)));
    };
    3.0 / sample(ROUNDS, MULTIPLICATIONS, round).median
}

pub(super) fn measure(figures: &mut Figures) -> io::Result<()> {
    let near = chase(16 << 10, LINE, false)?;
    figures.add("access", near);
    let pages = chase(256 * PAGE, PAGE, false)?;
    figures.add("tlb.l2_hit", without(pages, near));
    figures.add("walk.l1", near);
    figures.add("walk.l2", chase(384 << 10, LINE, true)?);
    figures.add("walk.l3", chase(8 << 20, LINE, true)?);
    figures.add("walk.memory", chase(256 << 20, LINE, true)?);
    zero_and_copy(figures)
}

fn without(sample: Sample, part: Sample) -> Sample {
    Sample { median: (sample.median - part.median).max(0.0), spread: sample.spread + part.spread }
}

/// A load out of `bytes` bytes, `stride` apart, in an order that no prefetcher foresees.
fn chase(bytes: usize, stride: usize, huge: bool) -> io::Result<Sample> {
    let mut region = Region::anonymous(bytes.max(2 << 20), huge)?;
    let words = region.words_mut();
    let order = shuffled(bytes / stride);
    // A page's line moves with its number, lest all lines fall into one set of the cache.
    let place = |at: usize| (at * stride + if stride == PAGE { at % (PAGE / LINE) * LINE } else { 0 }) / 8;
    for pair in order.windows(2) {
        words[place(pair[0])] = place(pair[1]) as u64;
    }
    words[place(order[order.len() - 1])] = place(order[0]) as u64;
    let mut at = place(order[0]);
    Ok(sample(ROUNDS, STEPS, || {
        for _ in 0..STEPS {
            at = words[at] as usize;
        }
        black_box(at);
    }))
}

fn shuffled(len: usize) -> Vec<usize> {
    let mut random = Pcg64Mcg::seed_from_u64(1);
    let mut order: Vec<usize> = (0..len).collect();
    for last in (1..len).rev() {
        order.swap(last, (random.next_u64() % (last as u64 + 1)) as usize);
    }
    order
}

/// Pages beyond the caches, as a kernel meets them that has just been given them: each round has others.
fn zero_and_copy(figures: &mut Figures) -> io::Result<()> {
    const PAGES: usize = 64;
    const WORDS: usize = PAGES * PAGE / 8;
    let mut region = Region::anonymous(ROUNDS.next_power_of_two() * 4 * WORDS * 8, true)?;
    let words = region.words_mut();
    words.fill(1);
    let mut parts = words.chunks_exact_mut(2 * WORDS);
    let mut zeroing = || {
        if let Some(part) = parts.next() {
            part[..WORDS].fill(black_box(0));
        }
    };
    let zero = sample(ROUNDS, PAGES as u64, &mut zeroing);
    let mut copying = || {
        if let Some((from, to)) = parts.next().map(|part| part.split_at_mut(WORDS)) {
            to.copy_from_slice(black_box(from));
        }
    };
    let copy = sample(ROUNDS, PAGES as u64, &mut copying);
    figures.add("zero.page", zero);
    figures.add("copy.page", copy);
    Ok(())
}
