//! System calls on mappings.

use crate::host::{Mapping, lower_break, raise_break};
use crate::twin::{Machine, PAGE, READ, map, store_pages};
use crate::{Pair, Row, time};

const SMALL_PAGES: u64 = 16;
const SMALL: u64 = SMALL_PAGES * PAGE;
const TIMES: u64 = 1000;
const PAGES: u64 = 8192;

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row { name: "mmap-munmap-64k", target: 0.03, stretch: 0.01, pairs: || small(0) },
        Row { name: "mmap-touch-munmap-64k", target: 0.08, stretch: 0.04, pairs: || small(SMALL_PAGES) },
        Row { name: "mprotect-split", target: 0.2, stretch: 0.12, pairs: mprotect },
        Row { name: "brk-4k", target: 0.03, stretch: 0.01, pairs: brk },
        Row { name: "munmap-page", target: 0.05, stretch: 0.012, pairs: munmap },
    ]
}

fn small(touched: u64) -> Box<dyn FnMut() -> Pair> {
    let mut machine = Machine::new();
    Box::new(move || {
        let mut task = machine.task();
        let twin = time(TIMES, || {
            for _ in 0..TIMES {
                let start = map(&mut task, SMALL);
                store_pages(&mut task, start, touched, 1);
                task.munmap(start, SMALL).expect("mapped");
            }
        });
        let real = time(TIMES, || {
            for _ in 0..TIMES {
                Mapping::new(SMALL).write_pages(touched, 1);
            }
        });
        Pair { twin, real }
    })
}

/// Every other page of a mapping is made read-only: each call makes two mappings more.
fn mprotect() -> Box<dyn FnMut() -> Pair> {
    let mut machine = Machine::new();
    let len = (TIMES + 1) * 2 * PAGE;
    Box::new(move || {
        let mut task = machine.task();
        let start = map(&mut task, len);
        let twin = time(TIMES, || {
            for at in 0..TIMES {
                task.mprotect(start + (at * 2 + 1) * PAGE, PAGE, READ).expect("mapped");
            }
        });
        task.munmap(start, len).expect("mapped");
        let mapping = Mapping::new(len);
        let real = time(TIMES, || (0..TIMES).for_each(|at| mapping.protect_page(at * 2 + 1)));
        Pair { twin, real }
    })
}

fn brk() -> Box<dyn FnMut() -> Pair> {
    let mut machine = Machine::new();
    Box::new(move || {
        let mut task = machine.task();
        let start = task.brk(0);
        let twin = time(TIMES, || {
            for at in 1..=TIMES {
                task.brk(start + at * PAGE);
            }
        });
        task.brk(start);
        let real = time(TIMES, raise_break(TIMES));
        lower_break(TIMES);
        Pair { twin, real }
    })
}

fn munmap() -> Box<dyn FnMut() -> Pair> {
    let mut machine = Machine::new();
    Box::new(move || {
        let mut task = machine.task();
        let start = map(&mut task, PAGES * PAGE);
        store_pages(&mut task, start, PAGES, 1);
        let twin = time(PAGES, || task.munmap(start, PAGES * PAGE).expect("mapped"));
        let mapping = Mapping::new(PAGES * PAGE);
        mapping.write_pages(PAGES, 1);
        let real = time(PAGES, || drop(mapping));
        Pair { twin, real }
    })
}
