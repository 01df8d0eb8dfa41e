//! Page faults: first writes, first reads, and copies on write.

use crate::forks::Forked;
use crate::host::{Child, Mapping};
use crate::twin::{Machine, PAGE, map, store_pages};
use crate::{Pair, Row, time};
use std::hint::black_box;

const PAGES: u64 = 8192;
const LEN: u64 = PAGES * PAGE;

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row { name: "first-write", target: 0.15, stretch: 0.1, pairs: first_write },
        Row { name: "first-write-to-zeroing", target: 2.0, stretch: 1.3, pairs: first_write_to_zeroing },
        Row { name: "first-read", target: 0.08, stretch: 0.04, pairs: first_read },
        Row { name: "copy-on-write", target: 0.2, stretch: 0.13, pairs: copy_on_write },
    ]
}

fn twin_write(machine: &mut Machine) -> f64 {
    let mut task = machine.task();
    let start = map(&mut task, LEN);
    let cost = time(PAGES, || store_pages(&mut task, start, PAGES, 1));
    task.munmap(start, LEN).expect("mapped");
    cost
}

fn first_write() -> Box<dyn FnMut() -> Pair> {
    let mut machine = Machine::new();
    Box::new(move || {
        let twin = twin_write(&mut machine);
        let mapping = Mapping::new(LEN);
        let real = time(PAGES, || mapping.write_pages(PAGES, 1));
        Pair { twin, real }
    })
}

fn first_write_to_zeroing() -> Box<dyn FnMut() -> Pair> {
    const GIB: usize = 1 << 30;
    let mut machine = Machine::new();
    let mut memory = vec![1_u8; GIB];
    Box::new(move || {
        let twin = twin_write(&mut machine);
        let real = time(GIB as u64 / PAGE, || {
            for page in memory.chunks_mut(PAGE as usize) {
                black_box(page).fill(0);
            }
        });
        Pair { twin, real }
    })
}

fn first_read() -> Box<dyn FnMut() -> Pair> {
    let mut machine = Machine::new();
    Box::new(move || {
        let mut task = machine.task();
        let start = map(&mut task, LEN);
        let twin = time(PAGES, || {
            for page in 0..PAGES {
                black_box(task.load(start + page * PAGE, 8).expect("mapped"));
            }
        });
        task.munmap(start, LEN).expect("mapped");
        let mapping = Mapping::new(LEN);
        let real = time(PAGES, || mapping.read_pages(PAGES));
        Pair { twin, real }
    })
}

/// The parent writes while a child has the pages.
fn copy_on_write() -> Box<dyn FnMut() -> Pair> {
    let mut forked = Forked::new(PAGES);
    Box::new(move || {
        forked.fork();
        let start = forked.start;
        let twin = time(PAGES, || store_pages(&mut forked.machine.task(), start, PAGES, 2));
        forked.end_child();
        let mapping = Mapping::new(LEN);
        mapping.write_pages(PAGES, 1);
        let child = Child::fork();
        let real = time(PAGES, || mapping.write_pages(PAGES, 2));
        drop(child);
        Pair { twin, real }
    })
}
