//! Can a program map 8 GiB on a machine of 4 GiB?

use crate::ask::{Experiment, Measure, Trial};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "overcommit",
    question: "Can a program map 8 GiB on a machine of 4 GiB?",
    trials: &[
        Trial {
            label: "overcommit_memory=0, untouched",
            setup: "machine(ram=4G, overcommit_memory=0)\n",
            lines: "m = mmap(NULL, 8G, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n",
        },
        Trial {
            label: "overcommit_memory=1, untouched",
            setup: "machine(ram=4G, overcommit_memory=1)\n",
            lines: "m = mmap(NULL, 8G, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n",
        },
        Trial {
            label: "overcommit_memory=2, untouched",
            setup: "machine(ram=4G, overcommit_memory=2)\n",
            lines: "m = mmap(NULL, 8G, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n",
        },
    ],
    measures: &[Measure::Mapped, Measure::Memory, Measure::Processes],
    shows: "Mode 0 refuses what could never be there, mode 1 refuses nothing, mode 2 refuses what goes beyond \
            the limit (half of memory and all of swap). What was mapped takes no memory until it is touched.",
};
