//! Is a file better mapped or read?

use crate::ask::{Experiment, Measure, Trial};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "mmap-or-read",
    question: "Is a file better mapped or read?",
    trials: &[
        Trial {
            label: "mmap of 1 MiB, each page read",
            setup: "f = file(\"data\", 1M)\n",
            lines: "\
m = mmap(NULL, 1M, PROT_READ, MAP_SHARED, f, 0)
touch(m, 1M, r)
",
        },
        Trial {
            label: "pread of 1 MiB to a buffer",
            setup: "\
f = file(\"data\", 1M)
b = mmap(NULL, 1M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
",
            lines: "pread(f, b, 1M, 0)\n",
        },
        Trial {
            label: "mapped by a second process",
            setup: "\
f = file(\"data\", 1M)
m = mmap(NULL, 1M, PROT_READ, MAP_SHARED, f, 0)
touch(m, 1M, r)
fork(2)
",
            lines: "[2] touch(m, 1M, r)\n",
        },
        Trial {
            label: "read by a second process",
            setup: "\
f = file(\"data\", 1M)
b = mmap(NULL, 1M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
pread(f, b, 1M, 0)
fork(2)
",
            lines: "[2] pread(f, b, 1M, 0)\n",
        },
    ],
    measures: &[Measure::Calls, Measure::Minflt, Measure::Memory, Measure::Rss],
    shows: "A mapping shows the page cache itself: no copy, no further memory, a fault in 16 pages \
            (fault-around). pread copies into memory of the process, which faults in each of its pages, and each \
            process that reads has a copy.",
};
