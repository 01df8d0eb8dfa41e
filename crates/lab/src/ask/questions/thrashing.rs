//! What happens when a working set is larger than memory?

use crate::ask::{Experiment, Measure, Trial};

const MACHINE: &str = "machine(ram=256M, swap=128M, memcg=16M)\n";

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "thrashing",
    question: "What happens when a working set is larger than memory?",
    trials: &[
        Trial::new(
            "loop over 12 MiB in a cgroup of 16 MiB, twice",
            &[
                MACHINE,
                "m = mmap(NULL, 12M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nrefs(\"seq a 0 3072 1 100 0\", a=m)\n",
            ],
            &["refs(\"seq a 0 3072 2 0 0\", a=m)\n"],
        ),
        Trial::new(
            "loop over 15 MiB in a cgroup of 16 MiB, twice",
            &[
                MACHINE,
                "m = mmap(NULL, 15M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nrefs(\"seq a 0 3840 1 100 0\", a=m)\n",
            ],
            &["refs(\"seq a 0 3840 2 0 0\", a=m)\n"],
        ),
        Trial::new(
            "loop over 17 MiB in a cgroup of 16 MiB, twice",
            &[
                MACHINE,
                "m = mmap(NULL, 17M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nrefs(\"seq a 0 4352 1 100 0\", a=m)\n",
            ],
            &["refs(\"seq a 0 4352 2 0 0\", a=m)\n"],
        ),
        Trial::new(
            "loop over 24 MiB in a cgroup of 16 MiB, twice",
            &[
                MACHINE,
                "m = mmap(NULL, 24M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nrefs(\"seq a 0 6144 1 100 0\", a=m)\n",
            ],
            &["refs(\"seq a 0 6144 2 0 0\", a=m)\n"],
        ),
    ],
    measures: &[Measure::Minflt, Measure::Majflt, Measure::Swap, Measure::Waited],
    shows: "As long as the loop fits, it faults no more. One page too many, and a cyclic loop under an LRU-like order loses \
            nearly each page just before it is used again.",
};
