//! Can more memory mean more page faults?

use memtwin_mmu::policy::PolicyKind;

use crate::ask::{Experiment, Measure, Run, Trial};

/// The string of the textbooks (Belady, Nelson and Shedler 1969).
const STRING: &str = "1\n2\n3\n4\n1\n2\n5\n1\n2\n3\n4\n5\n";

const fn frames(label: &'static str, policy: PolicyKind, frames: usize) -> Trial {
    Trial { label, run: Run::References { policy, frames, string: &[STRING], hot: 0 } }
}

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "belady",
    question: "Can more memory mean more page faults?",
    trials: &[
        frames("FIFO, 3 frames", PolicyKind::Fifo, 3),
        frames("FIFO, 4 frames", PolicyKind::Fifo, 4),
        frames("CLOCK, 3 frames", PolicyKind::Clock, 3),
        frames("CLOCK, 4 frames", PolicyKind::Clock, 4),
        frames("LRU, 3 frames", PolicyKind::Lru, 3),
        frames("LRU, 4 frames", PolicyKind::Lru, 4),
        frames("optimal, 3 frames", PolicyKind::Opt, 3),
        frames("optimal, 4 frames", PolicyKind::Opt, 4),
    ],
    measures: &[Measure::Misses],
    shows: "Pages 1 2 3 4 1 2 5 1 2 3 4 5 under FIFO fault 9 times in 3 frames and 10 times in 4: Belady's anomaly. LRU and the optimal \
            policy keep in 3 frames only what they would keep in 4, too, so for them more memory is never worse.",
};
