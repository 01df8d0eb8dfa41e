//! What does fork copy?

use crate::ask::{Experiment, Measure, Trial};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "fork-copies",
    question: "What does fork copy?",
    trials: &[
        Trial {
            label: "fork with 1 MiB resident",
            setup: "\
m = mmap(NULL, 1M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(m, 1M, w)
",
            lines: "fork(2)\n",
        },
        Trial {
            label: "the child writes 64 KiB",
            setup: "\
m = mmap(NULL, 1M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(m, 1M, w)
fork(2)
",
            lines: "[2] touch(m, 64K, w)\n",
        },
        Trial {
            label: "then the parent writes the same",
            setup: "\
m = mmap(NULL, 1M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(m, 1M, w)
fork(2)
[2] touch(m, 64K, w)
",
            lines: "touch(m, 64K, w)\n",
        },
        Trial {
            label: "the child reads all",
            setup: "\
m = mmap(NULL, 1M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(m, 1M, w)
fork(2)
",
            lines: "[2] touch(m, 1M, r)\n",
        },
    ],
    measures: &[Measure::Minflt, Measure::Memory, Measure::Rss, Measure::Tables],
    shows: "fork copies page tables, not pages. The first of the two to write to a page copies it; the other \
            then has it for itself and only takes it over. Reads cost nothing.",
};
