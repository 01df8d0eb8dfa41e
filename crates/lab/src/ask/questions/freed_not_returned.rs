//! Does free give memory back to the system?

use crate::ask::{Experiment, Measure, Trial};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "freed-not-returned",
    question: "Does free give memory back to the system?",
    trials: &[
        Trial {
            label: "free(1000)",
            setup: "\
p = malloc(1000)
touch(p, 1000, w)
",
            lines: "free(p)\n",
        },
        Trial {
            label: "free(100K) at the top",
            setup: "\
p = malloc(100K)
touch(p, 100K, w)
",
            lines: "free(p)\n",
        },
        Trial {
            label: "free(120K) twice at the top",
            setup: "\
p = malloc(120K)
q = malloc(120K)
touch(p, 120K, w)
touch(q, 120K, w)
",
            lines: "\
free(p)
free(q)
",
        },
        Trial {
            label: "the same below a block that lives",
            setup: "\
p = malloc(120K)
q = malloc(120K)
r = malloc(1000)
touch(p, 120K, w)
touch(q, 120K, w)
",
            lines: "\
free(p)
free(q)
",
        },
        Trial {
            label: "a mapped block",
            setup: "\
p = malloc(1M)
touch(p, 1M, w)
",
            lines: "free(p)\n",
        },
    ],
    measures: &[Measure::Calls, Measure::Break, Measure::Rss, Measure::Live],
    shows: "A small block stays with malloc. The break is lowered only when more than 128 KiB are free at the \
            top; a block that lives above them pins them. A mapped block goes back at once.",
};
