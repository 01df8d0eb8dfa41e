//! What does fork copy?

use super::{MIB, WRITE};
use crate::ask::{Experiment, Measure, Trial};

const FORK: &str = "fork(2)\n";
const CHILD_WRITES: &str = "[2] touch(m, 64K, w)\n";

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "fork-copies",
    question: "What does fork copy?",
    trials: &[
        Trial::new("fork with 1 MiB resident", &[MIB, WRITE], &[FORK]),
        Trial::new("the child writes 64 KiB", &[MIB, WRITE, FORK], &[CHILD_WRITES]),
        Trial::new(
            "then the parent writes the same",
            &[MIB, WRITE, FORK, CHILD_WRITES],
            &["touch(m, 64K, w)\n"],
        ),
        Trial::new("the child reads all", &[MIB, WRITE, FORK], &["[2] touch(m, 1M, r)\n"]),
    ],
    measures: &[Measure::Minflt, Measure::Memory, Measure::Rss, Measure::Tables],
    shows: "fork copies page tables, not pages. The first of the two to write to a page copies it; the other \
            then has it for itself and only takes it over. Reads cost nothing.",
};
