//! What of a break that is not page aligned, and the byte after it?

use crate::ask::{Experiment, Measure, Trial};

const SET: &str = "brk(heap+100)\n";

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "break-page",
    question: "What of a break that is not page aligned, and the byte after it?",
    trials: &[
        Trial::new("brk(heap + 100)", &[], &[SET]),
        Trial::new("a store to the last byte below it", &[SET], &["store(heap+99, 7)\n"]),
        Trial::new("to the byte at the break", &[SET], &["store(heap+100, 7)\n"]),
        Trial::new("to the page's last byte", &[SET], &["store(heap+4095, 7)\n"]),
        Trial::new("to the next page", &[SET], &["store(heap+4096, 7)\n"]),
        Trial::new(
            "break to heap + 50: the byte at 99",
            &[SET, "store(heap+99, 7)\nbrk(heap+50)\n"],
            &["load(heap+99)\n"],
        ),
        Trial::new(
            "break to heap: the byte at 99",
            &[SET, "store(heap+99, 7)\nbrk(heap)\n"],
            &["load(heap+99)\n"],
        ),
        Trial::new(
            "and up again: the byte at 99",
            &[SET, "store(heap+99, 7)\nbrk(heap)\n", SET],
            &["load(heap+99)\n"],
        ),
    ],
    measures: &[Measure::Answer("answer", 0), Measure::Minflt, Measure::Break, Measure::Mapped, Measure::Rss],
    shows: "The kernel remembers the break to the byte but maps whole pages: up to the page's end all can be written, beyond \
            it is no mapping. Lowering the break within a page changes nothing; lowering it past a page takes the page away, and \
            what comes back is zero.",
};
