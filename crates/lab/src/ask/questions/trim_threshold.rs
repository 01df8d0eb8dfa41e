//! When does the heap shrink?

use crate::ask::{Experiment, Measure, Trial};

const TWO: &str = "\
p = malloc(100K)
q = malloc(100K)
touch(p, 200K, w)
";
const FREE: &str = "\
free(p)
free(q)
";

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "trim-threshold",
    question: "When does the heap shrink?",
    trials: &[
        Trial::new("default: 128 KiB", &[TWO], &[FREE]),
        Trial::new("M_TRIM_THRESHOLD 1 MiB", &["mallopt(M_TRIM_THRESHOLD, 1M)\n", TWO], &[FREE]),
        Trial::new(
            "M_TRIM_THRESHOLD 0, M_TOP_PAD 0",
            &["mallopt(M_TRIM_THRESHOLD, 0)\nmallopt(M_TOP_PAD, 0)\n", TWO],
            &[FREE],
        ),
    ],
    measures: &[Measure::Calls, Measure::Break, Measure::Rss],
    shows: "When free leaves more at the top than the threshold, all but the pad goes back by brk. A high \
            threshold keeps it, a threshold of 0 gives back each page at once.",
};
