//! What does malloc(1) take from the system?

use crate::ask::{Experiment, Measure, Trial};

const ONE: &str = "p = malloc(1)\n";

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "malloc-one",
    question: "What does malloc(1) take from the system?",
    trials: &[
        Trial::new("the first malloc(1)", &[], &[ONE]),
        Trial::new("the second", &[ONE], &["q = malloc(1)\n"]),
        Trial::new("96000 bytes more", &[ONE], &["q = malloc(96000)\n"]),
    ],
    measures: &[Measure::Calls, Measure::Break, Measure::Rss, Measure::Minflt, Measure::Live],
    shows: "The break moves by 132 KiB at once, since glibc asks for 128 KiB more than it needs, but only the \
            page that the header is in gets a frame. The second call needs nothing of the system.",
};
