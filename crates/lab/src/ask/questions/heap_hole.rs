//! Can one small block pin a megabyte?

use crate::ask::{Experiment, Measure, Trial};

const BLOCKS: &str = "\
a = malloc(100K)
b = malloc(100K)
c = malloc(100K)
d = malloc(100K)
e = malloc(100K)
f = malloc(100K)
g = malloc(100K)
h = malloc(100K)
i = malloc(100K)
j = malloc(100K)
pin = malloc(2000)
touch(a, 1000K, w)
";
const FREE_ALL: &str =
    "free(a)\nfree(b)\nfree(c)\nfree(d)\nfree(e)\nfree(f)\nfree(g)\nfree(h)\nfree(i)\nfree(j)\n";

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "heap-hole",
    question: "Can one small block pin a megabyte?",
    trials: &[
        Trial::new("1 MiB in blocks of 100K, then 2000 bytes; all but these freed", &[BLOCKS], &[FREE_ALL]),
        Trial::new("then malloc_trim(0)", &[BLOCKS, FREE_ALL], &["malloc_trim(0)\n"]),
        Trial::new("or the last block freed", &[BLOCKS, FREE_ALL], &["free(pin)\n"]),
    ],
    measures: &[Measure::Calls, Measure::Break, Measure::Rss, Measure::Live],
    shows: "The break cannot go below a block that lives, so a megabyte of free memory stays resident. \
            malloc_trim gives the pages in the hole back (MADV_DONTNEED) and lowers the break to the last block; freeing the \
            last block lowers the break.",
};
