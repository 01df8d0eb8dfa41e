//! When does the heap shrink?

use crate::ask::{Experiment, Measure, Trial};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "trim-threshold",
    question: "When does the heap shrink?",
    trials: &[
        Trial {
            label: "default: 128 KiB",
            setup: "\
p = malloc(100K)
q = malloc(100K)
touch(p, 200K, w)
",
            lines: "\
free(p)
free(q)
",
        },
        Trial {
            label: "M_TRIM_THRESHOLD 1 MiB",
            setup: "\
mallopt(M_TRIM_THRESHOLD, 1M)
p = malloc(100K)
q = malloc(100K)
touch(p, 200K, w)
",
            lines: "\
free(p)
free(q)
",
        },
        Trial {
            label: "M_TRIM_THRESHOLD 0, M_TOP_PAD 0",
            setup: "\
mallopt(M_TRIM_THRESHOLD, 0)
mallopt(M_TOP_PAD, 0)
p = malloc(100K)
q = malloc(100K)
touch(p, 200K, w)
",
            lines: "\
free(p)
free(q)
",
        },
    ],
    measures: &[Measure::Calls, Measure::Break, Measure::Rss],
    shows: "When free leaves more at the top than the threshold, all but the pad goes back by brk. A high \
            threshold keeps it, a threshold of 0 gives back each page at once.",
};
