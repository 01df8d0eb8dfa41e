//! What happens when a working set is larger than memory?

use crate::ask::{Experiment, Measure, Trial};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "thrashing",
    question: "What happens when a working set is larger than memory?",
    trials: &[
        Trial {
            label: "loop over 12 MiB in a cgroup of 16 MiB, twice",
            setup: "\
machine(ram=256M, swap=128M, memcg=16M)
m = mmap(NULL, 12M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(m, 12M, w)
",
            lines: "\
touch(m, 12M, r)
touch(m, 12M, r)
",
        },
        Trial {
            label: "loop over 15 MiB in a cgroup of 16 MiB, twice",
            setup: "\
machine(ram=256M, swap=128M, memcg=16M)
m = mmap(NULL, 15M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(m, 15M, w)
",
            lines: "\
touch(m, 15M, r)
touch(m, 15M, r)
",
        },
        Trial {
            label: "loop over 17 MiB in a cgroup of 16 MiB, twice",
            setup: "\
machine(ram=256M, swap=128M, memcg=16M)
m = mmap(NULL, 17M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(m, 17M, w)
",
            lines: "\
touch(m, 17M, r)
touch(m, 17M, r)
",
        },
        Trial {
            label: "loop over 24 MiB in a cgroup of 16 MiB, twice",
            setup: "\
machine(ram=256M, swap=128M, memcg=16M)
m = mmap(NULL, 24M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(m, 24M, w)
",
            lines: "\
touch(m, 24M, r)
touch(m, 24M, r)
",
        },
    ],
    measures: &[Measure::Minflt, Measure::Majflt, Measure::Swap],
    shows: "As long as the loop fits, it faults no more. One page too many, and a cyclic loop under an LRU-like \
            order loses nearly each page just before it is used again.",
};
