//! What does the TLB save, and what the paging-structure caches?

use super::{MIB, WRITE};
use crate::ask::{Experiment, Measure, Trial};

const LOOP: &str = "\
touch(m, 1M, r)
touch(m, 1M, r)
touch(m, 1M, r)
touch(m, 1M, r)
";

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "tlb",
    question: "What does the TLB save, and what the paging-structure caches?",
    trials: &[
        Trial::new(
            "one entry, no caches",
            &["machine(tlb_l1=1/1, tlb_l2=1/1, walk_caches=0)\n", MIB, WRITE],
            &[LOOP],
        ),
        Trial::new(
            "one entry, caches of 16 entries",
            &["machine(tlb_l1=1/1, tlb_l2=1/1, walk_caches=16)\n", MIB, WRITE],
            &[LOOP],
        ),
        Trial::new(
            "64 entries, no caches",
            &["machine(tlb_l1=64/4, tlb_l2=1/1, walk_caches=0)\n", MIB, WRITE],
            &[LOOP],
        ),
        Trial::new(
            "64 and 1024 entries, no caches",
            &["machine(tlb_l1=64/4, tlb_l2=1024/8, walk_caches=0)\n", MIB, WRITE],
            &[LOOP],
        ),
    ],
    measures: &[Measure::Walks, Measure::WalkReferences],
    shows: "256 pages are read in turn, four times. Without a TLB each of 1024 accesses walks four levels of tables: 4 more references to \
            memory for each of the program's. Caches of the upper levels leave one of the four. 64 entries are no use for a loop over 256 pages; \
            once the TLB reaches them all there are no walks.",
};
