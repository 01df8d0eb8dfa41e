//! How does free know how large a block is?

use crate::ask::{Experiment, Measure, Trial};

const LOOK: &str = "\
load(p-8, 8)
load(p-16, 8)
malloc_usable_size(p)
";

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "block-size",
    question: "How does free know how large a block is?",
    trials: &[
        Trial::new("malloc(1)", &["p = malloc(1)\n"], &[LOOK]),
        Trial::new("malloc(24)", &["p = malloc(24)\n"], &[LOOK]),
        Trial::new("malloc(25)", &["p = malloc(25)\n"], &[LOOK]),
        Trial::new("malloc(1000)", &["p = malloc(1000)\n"], &[LOOK]),
        Trial::new(
            "malloc(1000), the block below of 2000 freed",
            &["a = malloc(2000)\np = malloc(1000)\nfree(a)\n"],
            &[LOOK],
        ),
        Trial::new(
            "malloc(1000) of a second thread",
            &["q = malloc(1)\nthread(2)\n[1.2] p = malloc(1000)\n"],
            &[LOOK],
        ),
        Trial::new("malloc(200K)", &["p = malloc(200K)\n"], &[LOOK]),
        Trial::new(
            "malloc(1000), 0x21 written to p-8 and p+24",
            &["p = malloc(1000)\nstore(p-8, 0x21, 8)\nstore(p+24, 0x21, 8)\n"],
            &[LOOK],
        ),
    ],
    measures: &[
        Measure::Answer("at p-8", 0),
        Measure::Answer("at p-16", 1),
        Measure::Answer("usable", 2),
        Measure::Minflt,
    ],
    shows: "The 16 bytes in front of a block are its header. The word at p-8 is the chunk's size, header and rounding \
            included, with three flags in bits that a multiple of 16 leaves free: 1, the chunk below is in use; 2, a mapping \
            of its own; 4, of another arena than the main one. The word at p-16 is the size of the chunk below while that \
            one is free, else it is that one's last 8 bytes, so malloc(24) fits in 32. free and malloc_usable_size believe \
            what they read there, also what a program wrote by mistake.",
};
