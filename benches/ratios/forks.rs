//! Fork with memory resident.

use crate::host::{Child, Mapping};
use crate::twin::{Machine, PAGE, map, store_pages};
use crate::{Pair, Row, time};
use memtwin::Tid;

const RESIDENT_PAGES: u64 = (100 << 20) / PAGE;
const CHILD: u32 = 1000;

pub(crate) fn rows() -> Vec<Row> {
    vec![Row { name: "fork-100-mib", target: 0.1, stretch: 0.05, pairs: fork }]
}

/// A process of the twin with pages of its own, and its child at times.
pub(crate) struct Forked {
    pub(crate) machine: Machine,
    pub(crate) start: u64,
}

impl Forked {
    pub(crate) fn new(pages: u64) -> Forked {
        let mut machine = Machine::new();
        let mut task = machine.task();
        let start = map(&mut task, pages * PAGE);
        store_pages(&mut task, start, pages, 1);
        Forked { machine, start }
    }

    pub(crate) fn fork(&mut self) {
        self.machine.task().fork(CHILD).expect("memory for a child");
    }

    pub(crate) fn end_child(&mut self) {
        let child = self.machine.kernel.task(Tid { pid: CHILD, thread: 1 });
        child.expect("a live child").exit(0);
    }
}

fn fork() -> Box<dyn FnMut() -> Pair> {
    let mut forked = Forked::new(RESIDENT_PAGES);
    let mapping = Mapping::new(RESIDENT_PAGES * PAGE);
    Box::new(move || {
        // Each writes all pages again before it forks, so that it always finds the same: pages of its own, writable. By the host's fork
        // the pages that the twin consists of are to be copied, too, which is no part of what the twin does: it forks once
        // before, for the memory that the child is made of.
        forked.fork();
        forked.end_child();
        store_pages(&mut forked.machine.task(), forked.start, RESIDENT_PAGES, 1);
        let twin = time(1, || forked.fork());
        forked.end_child();
        mapping.write_pages(RESIDENT_PAGES, 1);
        let mut child = None;
        let real = time(1, || child = Some(Child::fork()));
        drop(child);
        Pair { twin, real }
    })
}
