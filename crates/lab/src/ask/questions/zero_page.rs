//! What is behind a page that was never written?

use super::{MIB, READ, WRITE};
use crate::ask::{Experiment, Measure, Trial};

const HUGE: &str = "\
h = mmap(NULL, 2M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
madvise(h, 2M, MADV_HUGEPAGE)
";
const DIRTY: &str = "q = malloc(10000)\nr = malloc(100)\nmemset(q, 7, 10000)\nfree(q)\n";

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "zero-page",
    question: "What is behind a page that was never written?",
    trials: &[
        Trial::new("1 MiB read", &[MIB], &[READ]),
        Trial::new("the same by a second process", &[MIB, READ, "fork(2)\n"], &["[2] touch(m, 1M, r)\n"]),
        Trial::new("one of its pages written", &[MIB, READ], &["store(m, 1)\n"]),
        Trial::new("written, MADV_DONTNEED, read", &[MIB, WRITE, "madvise(m, 1M, MADV_DONTNEED)\n"], &[READ]),
        Trial::new("2 MiB of huge pages, each page read", &[HUGE], &["touch(h, 2M, r)\n"]),
        Trial::new("calloc(1, 1M), untouched", &[], &["p = calloc(1, 1M)\n"]),
        Trial::new("calloc(1, 10000) where a block was freed", &[DIRTY], &["p = calloc(1, 10000)\n"]),
    ],
    measures: &[Measure::Minflt, Measure::Rss, Measure::Memory, Measure::Calls],
    shows: "All reads of pages that were never written see the same frame, the zero page, in each process, and \
            count as no memory; it is found by a fault a page all the same. Dropped pages read as zero again. A huge page has a \
            huge zero page. calloc knows that a new mapping is zero and does not touch it; a block that was used before it \
            clears.",
};
