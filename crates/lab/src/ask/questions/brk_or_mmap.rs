//! Does malloc take memory by brk or by mmap, and does the border of 128 KiB move?

use crate::ask::{Experiment, Measure, Trial};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "brk-or-mmap",
    question: "Does malloc take memory by brk or by mmap, and does the border of 128 KiB move?",
    trials: &[
        Trial { label: "malloc(1000)", setup: "", lines: "p = malloc(1000)\n" },
        Trial { label: "malloc(128K - 24)", setup: "", lines: "p = malloc(131048)\n" },
        Trial { label: "malloc(128K - 23)", setup: "", lines: "p = malloc(131049)\n" },
        Trial { label: "malloc(200K)", setup: "", lines: "p = malloc(200K)\n" },
        Trial {
            label: "malloc(200K) after one was freed",
            setup: "\
p = malloc(200K)
free(p)
",
            lines: "p = malloc(200K)\n",
        },
    ],
    measures: &[Measure::Calls, Measure::Break, Measure::Mapped, Measure::Live],
    shows: "Requests below the threshold come from the break area, those from it on are mappings of their own. \
            Freeing a mapped block raises the threshold to its size, so that the next block of that size is cut \
            from the break area.",
};
