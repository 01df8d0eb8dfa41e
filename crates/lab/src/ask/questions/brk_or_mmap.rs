//! Does malloc take memory by brk or by mmap, and does the border of 128 KiB move?

use crate::ask::{Experiment, Measure, Trial};

const LARGE: &str = "p = malloc(200K)\n";

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "brk-or-mmap",
    question: "Does malloc take memory by brk or by mmap, and does the border of 128 KiB move?",
    trials: &[
        Trial::new("malloc(1000)", &[], &["p = malloc(1000)\n"]),
        Trial::new("malloc(128K - 24)", &[], &["p = malloc(131048)\n"]),
        Trial::new("malloc(128K - 23)", &[], &["p = malloc(131049)\n"]),
        Trial::new("malloc(200K)", &[], &[LARGE]),
        Trial::new("malloc(200K) after one was freed", &[LARGE, "free(p)\n"], &[LARGE]),
    ],
    measures: &[Measure::Calls, Measure::Break, Measure::Mapped, Measure::Live],
    shows: "Requests below the threshold come from the break area, those from it on are mappings of their own. \
            Freeing a mapped block raises the threshold to its size, so that the next block of that size is cut \
            from the break area.",
};
