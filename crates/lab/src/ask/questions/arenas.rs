//! What do threads cost malloc?

use crate::ask::{Experiment, Measure, Trial};

const FIRST: &str = "p = malloc(1000)\n";
const THREAD: &str = "thread(2)\n";
const OF_THREAD: &str = "[1.2] q = malloc(1000)\n";

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "arenas",
    question: "What do threads cost malloc?",
    trials: &[
        Trial::new("a second block by the same thread", &[FIRST], &["q = malloc(1000)\n"]),
        Trial::new("the first block of a second thread", &[FIRST, THREAD], &[OF_THREAD]),
        Trial::new("its second", &[FIRST, THREAD, OF_THREAD], &["[1.2] r = malloc(1000)\n"]),
    ],
    measures: &[Measure::Calls, Measure::Mapped, Measure::Rss, Measure::Minflt],
    shows: "A thread gets an arena of its own: 64 MiB of addresses, of which 132 KiB can be used and a few pages \
            get frames.",
};
