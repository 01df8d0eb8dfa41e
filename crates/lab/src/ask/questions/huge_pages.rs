//! What do huge pages save?

use crate::ask::{Experiment, Measure, Trial};

const MAP: &str = "m = mmap(NULL, 4M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n";
const TOUCH: &str = "touch(m, 4M, w)\n";

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "huge-pages",
    question: "What do huge pages save?",
    trials: &[
        Trial::new("4 MiB in pages of 4 KiB", &[MAP], &[TOUCH]),
        Trial::new("the same with MADV_HUGEPAGE", &[MAP, "madvise(m, 4M, MADV_HUGEPAGE)\n"], &[TOUCH]),
    ],
    measures: &[Measure::Minflt, Measure::Memory, Measure::Tables, Measure::Walks],
    shows: "A huge page is one fault instead of 512 and one TLB entry, and takes its whole memory at the first \
            touch.",
};
