//! Host memory that a resident page of the twin takes when it holds no data, in bytes.

use crate::host::resident_bytes;
use crate::twin::{Machine, PAGE, map};
use crate::{Pair, Row};

const PAGES: u64 = 1 << 18;

pub(crate) fn rows() -> Vec<Row> {
    vec![Row { name: "resident-page-bytes", target: 32.0, stretch: 24.0, pairs: footprint }]
}

fn footprint() -> Box<dyn FnMut() -> Pair> {
    let mut machines = Vec::new();
    Box::new(move || {
        // Machines are kept, so that none is made of what another gave back.
        machines.push(Machine::new());
        let machine = machines.last_mut().expect("pushed");
        let mut task = machine.task();
        let start = map(&mut task, PAGES * PAGE);
        let before = resident_bytes();
        assert_eq!(task.touch(start, PAGES * PAGE, true).pages, PAGES);
        let twin = (resident_bytes() - before) / PAGES as f64;
        Pair { twin, real: 1.0 }
    })
}
