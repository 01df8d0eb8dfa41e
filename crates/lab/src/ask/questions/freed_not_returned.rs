//! Does free give memory back to the system?

use crate::ask::{Experiment, Measure, Trial};

const FREE: &str = "free(p)\n";
const TWO: &str = "p = malloc(120K)\nq = malloc(120K)\n";
const TOUCH_TWO: &str = "touch(p, 120K, w)\ntouch(q, 120K, w)\n";

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "freed-not-returned",
    question: "Does free give memory back to the system?",
    trials: &[
        Trial::new("free(1000)", &["p = malloc(1000)\ntouch(p, 1000, w)\n"], &[FREE]),
        Trial::new("free(100K) at the top", &["p = malloc(100K)\ntouch(p, 100K, w)\n"], &[FREE]),
        Trial::new("free(120K) twice at the top", &[TWO, TOUCH_TWO], &[FREE, "free(q)\n"]),
        Trial::new(
            "the same below a block that lives",
            &[TWO, "r = malloc(1000)\n", TOUCH_TWO],
            &[FREE, "free(q)\n"],
        ),
        Trial::new("a mapped block", &["p = malloc(1M)\ntouch(p, 1M, w)\n"], &[FREE]),
    ],
    measures: &[Measure::Calls, Measure::Break, Measure::Rss, Measure::Live],
    shows: "A small block stays with malloc. The break is lowered only when more than 128 KiB are free at the \
            top; a block that lives above them pins them. A mapped block goes back at once.",
};
