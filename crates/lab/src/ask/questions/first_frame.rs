//! When does a page get its frame?

use super::{MIB, READ, WRITE};
use crate::ask::{Experiment, Measure, Trial};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "first-frame",
    question: "When does a page get its frame?",
    trials: &[
        Trial::new("mmap of 1 MiB", &[], &[MIB]),
        Trial::new("a read of each page", &[MIB], &[READ]),
        Trial::new("a write to each page", &[MIB], &[WRITE]),
        Trial::new("a write after a read", &[MIB, READ], &[WRITE]),
        Trial::new(
            "MAP_POPULATE",
            &[],
            &["m = mmap(NULL, 1M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_POPULATE, -1, 0)\n"],
        ),
    ],
    measures: &[Measure::Minflt, Measure::Rss, Measure::Memory, Measure::Tables],
    shows: "Mapping takes no frame. A read maps the one zero page, which is no memory of the process; the first \
            write to each page is a fault that gives it a frame, also where the zero page was before. \
            MAP_POPULATE does it in the call: the faults are counted, but the program takes none.",
};
