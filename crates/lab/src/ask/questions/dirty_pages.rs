//! What does it cost to take a clean page away, and what a dirty one?

use crate::ask::{Experiment, Measure, Trial};

const MACHINE: &str = "machine(ram=256M, memcg=16M, swap=64M, swap_device=ssd)\n";
const FILE: &str = "\
f = file(\"data\", 32M)
evict(f)
m = mmap(NULL, 32M, PROT_READ|PROT_WRITE, MAP_SHARED, f, 0)
";
const ANON: &str = "m = mmap(NULL, 32M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n";
const WRITE: &str = "refs(\"seq a 0 8192 1 100 0\", a=m)\n";

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "dirty-pages",
    question: "What does it cost to take a clean page away, and what a dirty one?",
    trials: &[
        Trial::new("32 MiB of a file, mapped and read", &[MACHINE, FILE], &["touch(m, 32M, r)\n"]),
        Trial::new("mapped and written", &[MACHINE, FILE], &["touch(m, 32M, w)\n"]),
        Trial::new("32 MiB of anonymous memory, written", &[MACHINE, ANON], &[WRITE]),
        Trial::new("then read", &[MACHINE, ANON, WRITE], &["refs(\"seq a 0 8192 1 0 0\", a=m)\n"]),
        Trial::new("or written again", &[MACHINE, ANON, WRITE], &[WRITE]),
    ],
    measures: &[
        Measure::Vmstat("freed", &["pgsteal_anon", "pgsteal_file"]),
        Measure::Vmstat("looked at", &["pgscan_anon", "pgscan_file"]),
        Measure::Vmstat("to the file", &["nr_written"]),
        Measure::Vmstat("to swap", &["pswpout"]),
        Measure::Waited,
    ],
    shows: "In a cgroup of 16 MiB. A clean page of a file is dropped: it can be read again. A dirty one is written first, and looked at again until that \
            is done. An anonymous page has no place but swap, so its first eviction is always a write. A page that came back from \
            swap and was only read keeps its slot and can be dropped without another write.",
};
