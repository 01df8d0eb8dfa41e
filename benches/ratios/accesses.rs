//! Loads and stores: TLB hits in sequence, and TLB misses all over a gibibyte.

use crate::twin::{Machine, PAGE, map, store_pages};
use crate::{Pair, Row, time};
use std::hint::black_box;

const BUFFER_WORDS: u64 = 32 << 10;
const ROUNDS: u64 = 32;
const WIDE_BYTES: u64 = 1 << 30;
const STEPS: u64 = 1_000_000;

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row { name: "load-hit", target: 3.0, stretch: 2.0, pairs: load },
        Row { name: "store-hit", target: 3.0, stretch: 2.0, pairs: store },
        Row { name: "tlb-miss-walk", target: 0.75, stretch: 0.4, pairs: walk },
    ]
}

/// A buffer on both sides; the index of each access is hidden from the compiler, as an emulated address is, and so is what
/// it loads.
fn buffers() -> (Machine, u64, Vec<u64>) {
    let mut machine = Machine::new();
    let mut task = machine.task();
    let start = map(&mut task, BUFFER_WORDS * 8);
    store_pages(&mut task, start, BUFFER_WORDS * 8 / PAGE, 1);
    (machine, start, vec![1; BUFFER_WORDS as usize])
}

fn load() -> Box<dyn FnMut() -> Pair> {
    let (mut machine, start, words) = buffers();
    Box::new(move || {
        let mut task = machine.task();
        let twin = time(ROUNDS * BUFFER_WORDS, || {
            let mut sum = 0_u64;
            for _ in 0..ROUNDS {
                for at in 0..BUFFER_WORDS {
                    sum =
                        sum.wrapping_add(black_box(task.load(start + black_box(at) * 8, 8).expect("mapped")));
                }
            }
            black_box(sum);
        });
        let real = time(ROUNDS * BUFFER_WORDS, || {
            let mut sum = 0_u64;
            for _ in 0..ROUNDS {
                for at in 0..words.len() {
                    sum = sum.wrapping_add(black_box(words[black_box(at)]));
                }
            }
            black_box(sum);
        });
        Pair { twin, real }
    })
}

fn store() -> Box<dyn FnMut() -> Pair> {
    let (mut machine, start, mut words) = buffers();
    Box::new(move || {
        let mut task = machine.task();
        let twin = time(ROUNDS * BUFFER_WORDS, || {
            for _ in 0..ROUNDS {
                for at in 0..BUFFER_WORDS {
                    task.store(start + black_box(at) * 8, at, 8).expect("mapped");
                }
            }
        });
        let real = time(ROUNDS * BUFFER_WORDS, || {
            for _ in 0..ROUNDS {
                for at in 0..words.len() {
                    words[black_box(at)] = at as u64;
                }
            }
        });
        Pair { twin, real }
    })
}

/// The host's loads depend on each other, so that each costs what memory takes to answer; the twin's are at the addresses of
/// a generator.
fn walk() -> Box<dyn FnMut() -> Pair> {
    let mut machine = Machine::new();
    let mut task = machine.task();
    let start = map(&mut task, WIDE_BYTES);
    store_pages(&mut task, start, WIDE_BYTES / PAGE, 1);
    let words = vec![1_u64; (WIDE_BYTES / 8) as usize];
    let mut state = 1;
    Box::new(move || {
        let mut task = machine.task();
        let twin = time(STEPS, || {
            for _ in 0..STEPS {
                let at = start + next(&mut state) % (WIDE_BYTES / 8) * 8;
                black_box(task.load(at, 8).expect("mapped"));
            }
        });
        let real = time(STEPS, || {
            let mut last = 0;
            for _ in 0..STEPS {
                let at = next(&mut state).wrapping_add(last) % (WIDE_BYTES / 8);
                last = black_box(words[at as usize]);
            }
        });
        Pair { twin, real }
    })
}

/// Knuth's linear congruential generator, its better bits.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 20
}
