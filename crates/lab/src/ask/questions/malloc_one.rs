//! What does malloc(1) take from the system?

use crate::ask::{Experiment, Measure, Trial};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "malloc-one",
    question: "What does malloc(1) take from the system?",
    trials: &[
        Trial { label: "the first malloc(1)", setup: "", lines: "p = malloc(1)\n" },
        Trial { label: "the second", setup: "p = malloc(1)\n", lines: "q = malloc(1)\n" },
        Trial { label: "96000 bytes more", setup: "p = malloc(1)\n", lines: "q = malloc(96000)\n" },
    ],
    measures: &[Measure::Calls, Measure::Break, Measure::Rss, Measure::Minflt, Measure::Live],
    shows: "The break moves by 132 KiB at once, since glibc asks for 128 KiB more than it needs, but only the \
            page that the header is in gets a frame. The second call needs nothing of the system.",
};
