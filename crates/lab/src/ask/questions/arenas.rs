//! What do threads cost malloc?

use crate::ask::{Experiment, Measure, Trial};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "arenas",
    question: "What do threads cost malloc?",
    trials: &[
        Trial {
            label: "a second block by the same thread",
            setup: "p = malloc(1000)\n",
            lines: "q = malloc(1000)\n",
        },
        Trial {
            label: "the first block of a second thread",
            setup: "\
p = malloc(1000)
thread(2)
",
            lines: "[1.2] q = malloc(1000)\n",
        },
        Trial {
            label: "its second",
            setup: "\
p = malloc(1000)
thread(2)
[1.2] q = malloc(1000)
",
            lines: "[1.2] r = malloc(1000)\n",
        },
    ],
    measures: &[Measure::Calls, Measure::Mapped, Measure::Rss, Measure::Minflt],
    shows: "A thread gets an arena of its own: 64 MiB of addresses, of which 132 KiB can be used and a few pages \
            get frames.",
};
