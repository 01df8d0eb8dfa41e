//! What do processes share?

use crate::ask::{Experiment, Measure, Trial};

const WRITE_AND_FORK: &str = "touch(m, 64K, w)\nfork(2)\n";
const CHILD_WRITES: &str = "[2] touch(m, 64K, w)\n";

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "shared-memory",
    question: "What do processes share?",
    trials: &[
        Trial::new(
            "private memory written by the child",
            &[
                "m = mmap(NULL, 64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n",
                WRITE_AND_FORK,
            ],
            &[CHILD_WRITES],
        ),
        Trial::new(
            "shared memory written by the child",
            &["m = mmap(NULL, 64K, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS, -1, 0)\n", WRITE_AND_FORK],
            &[CHILD_WRITES],
        ),
    ],
    measures: &[Measure::Minflt, Measure::Memory, Measure::Rss],
    shows: "Private pages are copied when written. Shared ones are not copied by fork at all: the child faults \
            to map the page that is there, and only a page table is new.",
};
