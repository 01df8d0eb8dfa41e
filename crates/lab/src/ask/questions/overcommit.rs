//! Can a program have 8 GiB on a machine of 4 GiB?

use crate::ask::{Experiment, Measure, Trial};

const MAP: &str = "m = mmap(NULL, 8G, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n";
const TOUCH: &str = "touch(m, 8G, w)\n";

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "overcommit",
    question: "Can a program have 8 GiB on a machine of 4 GiB?",
    trials: &[
        Trial::new("64-bit, mode 1, no swap, untouched", &["machine(ram=4G, overcommit_memory=1)\n"], &[MAP]),
        Trial::new("64-bit, mode 0, no swap", &["machine(ram=4G, overcommit_memory=0)\n"], &[MAP]),
        Trial::new(
            "64-bit, mode 0, 8 GiB of swap",
            &["machine(ram=4G, overcommit_memory=0, swap=8G)\n"],
            &[MAP, TOUCH],
        ),
        Trial::new("64-bit, mode 1, no swap", &["machine(ram=4G, overcommit_memory=1)\n"], &[MAP, TOUCH]),
        Trial::new(
            "64-bit, mode 1, 8 GiB of swap",
            &["machine(ram=4G, overcommit_memory=1, swap=8G)\n"],
            &[MAP, TOUCH],
        ),
        Trial::new("64-bit, mode 2, no swap", &["machine(ram=4G, overcommit_memory=2)\n"], &[MAP]),
        Trial::new(
            "64-bit, mode 2, 8 GiB of swap",
            &["machine(ram=4G, overcommit_memory=2, swap=8G)\n"],
            &[MAP, TOUCH],
        ),
        Trial::new(
            "32-bit, mode 0, 8 GiB of swap",
            &["machine(ram=4G, overcommit_memory=0, swap=8G, mmu=x86)\n"],
            &[MAP],
        ),
        Trial::new(
            "32-bit, mode 1, 8 GiB of swap",
            &["machine(ram=4G, overcommit_memory=1, swap=8G, mmu=x86)\n"],
            &[MAP],
        ),
        Trial::new(
            "32-bit, mode 2, 8 GiB of swap",
            &["machine(ram=4G, overcommit_memory=2, swap=8G, mmu=x86)\n"],
            &[MAP],
        ),
        Trial::new(
            "32-bit, mode 1, 2 GiB of it",
            &["machine(ram=4G, overcommit_memory=1, mmu=x86)\n"],
            &[
                "m = mmap(NULL, 2G, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\ntouch(m, 2G, w)\n",
            ],
        ),
    ],
    measures: &[
        Measure::Answer("mmap", 0),
        Measure::Answer("pages touched", 1),
        Measure::Killed,
        Measure::Memory,
        Measure::Swap,
    ],
    shows: "What was mapped takes no memory until it is touched. Mode 0 refuses a single request beyond all memory and swap, \
            mode 1 nothing, mode 2 what goes beyond the limit (half of memory and all of swap); the errno is ENOMEM. With swap all can be touched. \
            Without, mode 1 has promised too much, and the OOM killer takes the process. A 32-bit process has no addresses for 8 GiB, \
            whatever the mode.",
};
