//! malloc and free, beside the host's C library (what Rust's own containers allocate with).

use crate::{Pair, Row, time};
use memtwin::mmu::VirtAddr;
use memtwin::{Config, Pid, Twin};
use std::hint::black_box;

const TIMES: u64 = 100_000;
const LIVE: usize = 10_000;

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row { name: "malloc-touch-free-64", target: 3.0, stretch: 2.0, pairs: small },
        Row { name: "malloc-free-random", target: 5.0, stretch: 3.0, pairs: random },
    ]
}

fn twin() -> (Twin, Pid) {
    let mut twin = Twin::new(Config::default());
    let pid = twin.spawn().expect("memory for a process");
    (twin, pid)
}

fn small() -> Box<dyn FnMut() -> Pair> {
    let (mut machine, pid) = twin();
    Box::new(move || {
        let mut program = machine.process(pid).expect("a live process");
        let twin = time(TIMES, || {
            for _ in 0..TIMES {
                let block = program.malloc(64).expect("memory");
                program.task.kernel.machine.store(VirtAddr::new(block), 1, 8).expect("mapped");
                program.free(block).expect("a block");
            }
        });
        let real = time(TIMES, || {
            for _ in 0..TIMES {
                let mut block = Vec::<u64>::with_capacity(8);
                block.push(1);
                black_box(&block);
            }
        });
        Pair { twin, real }
    })
}

/// One of the live blocks, by turns of a generator, is freed and another of 16 to 1,024 bytes takes its place.
fn random() -> Box<dyn FnMut() -> Pair> {
    let (mut machine, pid) = twin();
    let mut blocks = Vec::new();
    for at in 0..LIVE {
        let size = 16 + at as u64 * 7 % 1009;
        blocks.push(machine.process(pid).expect("a live process").malloc(size).expect("memory"));
    }
    let mut real_blocks: Vec<Vec<u8>> = (0..LIVE).map(|at| Vec::with_capacity(16 + at * 7 % 1009)).collect();
    let (mut state, mut real_state) = (1, 1);
    Box::new(move || {
        let mut program = machine.process(pid).expect("a live process");
        let twin = time(TIMES, || {
            for _ in 0..TIMES {
                let (at, size) = next(&mut state);
                program.free(blocks[at]).expect("a block");
                blocks[at] = program.malloc(size as u64).expect("memory");
            }
        });
        let real = time(TIMES, || {
            for _ in 0..TIMES {
                let (at, size) = next(&mut real_state);
                real_blocks[at] = Vec::new();
                real_blocks[at] = black_box(Vec::with_capacity(size));
            }
        });
        Pair { twin, real }
    })
}

/// Which block, and the size of the next: Knuth's linear congruential generator, its better bits.
fn next(state: &mut u64) -> (usize, usize) {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    let bits = (*state >> 24) as usize;
    (bits % LIVE, 16 + (bits >> 16) % 1009)
}
