//! When does a page get its frame?

use crate::ask::{Experiment, Measure, Trial};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "first-frame",
    question: "When does a page get its frame?",
    trials: &[
        Trial {
            label: "mmap of 1 MiB",
            setup: "",
            lines: "m = mmap(NULL, 1M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n",
        },
        Trial {
            label: "a read of each page",
            setup: "m = mmap(NULL, 1M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n",
            lines: "touch(m, 1M, r)\n",
        },
        Trial {
            label: "a write to each page",
            setup: "m = mmap(NULL, 1M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n",
            lines: "touch(m, 1M, w)\n",
        },
        Trial {
            label: "a write after a read",
            setup: "\
m = mmap(NULL, 1M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
touch(m, 1M, r)
",
            lines: "touch(m, 1M, w)\n",
        },
        Trial {
            label: "MAP_POPULATE",
            setup: "",
            lines: "m = mmap(NULL, 1M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_POPULATE, -1, 0)\n",
        },
    ],
    measures: &[Measure::Minflt, Measure::Rss, Measure::Memory, Measure::Tables],
    shows: "Mapping takes no frame. A read maps the one zero page, which is no memory of the process; the first \
            write to each page is a fault that gives it a frame, also where the zero page was before. \
            MAP_POPULATE does it in the call, without faults.",
};
