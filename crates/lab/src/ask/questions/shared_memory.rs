//! What do processes share?

use crate::ask::{Experiment, Measure, Trial};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "shared-memory",
    question: "What do processes share?",
    trials: &[
        Trial {
            label: "private memory written by the child",
            setup: "\
m = mmap(NULL, 64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(m, 64K, w)
fork(2)
",
            lines: "[2] touch(m, 64K, w)\n",
        },
        Trial {
            label: "shared memory written by the child",
            setup: "\
m = mmap(NULL, 64K, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS, -1, 0)
touch(m, 64K, w)
fork(2)
",
            lines: "[2] touch(m, 64K, w)\n",
        },
    ],
    measures: &[Measure::Minflt, Measure::Memory, Measure::Rss],
    shows: "Private pages are copied when written. Shared ones are not copied by fork at all: the child faults \
            to map the page that is there, and only a page table is new.",
};
