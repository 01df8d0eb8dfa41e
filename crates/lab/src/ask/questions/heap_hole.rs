//! Can one small block pin a megabyte?

use crate::ask::{Experiment, Measure, Trial};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "heap-hole",
    question: "Can one small block pin a megabyte?",
    trials: &[
        Trial {
            label: "1 MiB in blocks of 100K, then 2000 bytes; all but these freed",
            setup: "\
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
",
            lines: "\
free(a)
free(b)
free(c)
free(d)
free(e)
free(f)
free(g)
free(h)
free(i)
free(j)
",
        },
        Trial {
            label: "then malloc_trim(0)",
            setup: "\
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
free(a)
free(b)
free(c)
free(d)
free(e)
free(f)
free(g)
free(h)
free(i)
free(j)
",
            lines: "malloc_trim(0)\n",
        },
        Trial {
            label: "or the last block freed",
            setup: "\
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
free(a)
free(b)
free(c)
free(d)
free(e)
free(f)
free(g)
free(h)
free(i)
free(j)
",
            lines: "free(pin)\n",
        },
    ],
    measures: &[Measure::Calls, Measure::Break, Measure::Rss, Measure::Live],
    shows: "The break cannot go below a block that lives, so a megabyte of free memory stays resident. \
            malloc_trim gives the pages in the hole back (MADV_DONTNEED) and lowers the break to the last block; freeing the \
            last block lowers the break.",
};
